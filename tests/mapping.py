"""A small chain map for tests of the editor: two groups, three positions, one firm that the document names."""

from __future__ import annotations

from sqlalchemy.orm import Session

from chains.engine import loader
from chains.engine.model import Chain as Map
from crm.models import Chain, ChainRevision
from crm.services.access import actor_for
from crm.services.chain_maps import save

KEY = "tea"
DOCUMENT = """\
key: tea
name: {zh: 茶（示例链）, en: Tea}
summary: 从茶园到茶馆
sections: [四（四）3（3）]

sources:
  industry: {title: 行业常识, date: '2026-11-24'}
  draft: {title: 实施意见, status: 征求意见稿}

spaces:
  shop: {zh: 茶铺, area_m2: [30, 300], env_class: exempt, load_kg_m2: 300, estimate: true}

segments:

  - key: garden
    position: upstream
    name: {zh: 茶园, en: Tea gardens}
    sources: [industry]
  - key: green
    parent: garden
    name: {zh: 绿茶种植, en: Green tea growing}
    products: [茶青]
    gbt: ['0164']
    sources: [industry]
  - key: dark
    parent: garden
    name: {zh: 黑茶种植, en: Dark tea growing}
    gbt: ['0164']
    sources: [industry]

  - key: works
    position: midstream
    name: {zh: 制茶, en: Tea making}
    sources: [industry]
  - key: firing
    parent: works
    name: {zh: 炒青, en: Firing}
    gbt: ['1530']
    sources: [industry]
  - key: packing
    parent: works
    name: {zh: 包装, en: Packing}
    gbt: ['1530']
    sources: [industry]

  - key: sale
    position: downstream
    name: {zh: 茶叶零售, en: Retail}
    gbt: ['5226']
    space: shop
    sources: [industry, {draft: 四（四）3（3）}]

supplies:
  green: [{to: firing, share: '3/4'}]
  dark: [firing]
  firing: [packing]
  packing: [sale]
"""


def tea() -> Map:
    """The map as a value."""
    return loader.parse(DOCUMENT)


def make_chain(session: Session, author: int, *, document: str = DOCUMENT) -> Chain:
    """The chain with its map saved once by `author`, number 2 after the empty first state."""
    found = loader.parse(document)
    chain = Chain(key=found.key, name=found.name_zh, has_map=True)
    session.add(chain)
    session.flush()
    save(session, actor_for(session, author), found.key, 0, found, "第一版")
    return chain


def newest_document(session: Session, chain: Chain) -> str:
    """The document of the newest revision."""
    query = session.query(ChainRevision).filter_by(chain_id=chain.id)
    return query.order_by(ChainRevision.number.desc()).first().document
