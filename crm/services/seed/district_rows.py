"""Platforms, parks, enterprises and policies of a district, from its files into the database."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.enterprises.names import core, normalised
from crm.domain.enterprises.pinyin import pinyin_keys, sort_key
from crm.domain.enterprises.tier import TierFacts, decide_tier
from crm.infra.clock import today
from crm.models import (
    Chain,
    Enterprise,
    EnterpriseAlias,
    Park,
    ParkAlias,
    ParkPositioning,
    Platform,
    Policy,
    Segment,
    Target,
    TierMeasure,
)
from crm.services.seed.records import Alias, District, EnterpriseRecord, ParkRecord
from crm.services.seed.upsert import Tally, by_key, remove, write


def store_platforms(session: Session, tally: Tally, district: District) -> dict[str, Platform]:
    rows = by_key(session, Platform)
    for sort, record in enumerate(district.platforms):
        values = {
            "name": record.name,
            "name_en": record.name_en,
            "region": record.region,
            "positioning": record.positioning,
            "industries": list(record.industries),
            "section": record.section,
            "sort": sort,
        }
        rows[record.key] = write(session, tally, Platform, rows.get(record.key), values, key=record.key)
    session.flush()
    return rows


def store_parks(
    session: Session,
    tally: Tally,
    district: District,
    platforms: Mapping[str, Platform],
    chains: Mapping[str, Chain],
) -> None:
    """Parks by key. Units, offers and what managers say of a park are not touched."""
    rows = by_key(session, Park)
    for record in district.parks:
        platform = platforms[record.platform] if record.platform else None
        values = {
            "name": record.name,
            "pinyin": sort_key(record.name),
            "platform_id": platform.id if platform else None,
            "kind": record.kind,
            "positioning": record.positioning,
            "focus": list(record.words),
            "facts": [{"text": fact.text, "section": fact.section} for fact in record.facts],
            "land_cmu": None if record.land_area_mu is None else record.land_area_mu * 100,
        }
        park = write(session, tally, Park, rows.get(record.key), values, key=record.key)
        session.flush()
        _store_park_aliases(session, tally, park, record)
        _store_positionings(session, tally, park, record, chains)
    session.flush()


def _store_park_aliases(session: Session, tally: Tally, park: Park, record: ParkRecord) -> None:
    """Names of the files; names that people added carry no section and stay."""
    rows = {row.name: row for row in session.scalars(select(ParkAlias).where(ParkAlias.park_id == park.id))}
    for alias in (*record.aliases, *record.titles):
        row = rows.pop(alias.name, None)
        write(session, tally, ParkAlias, row, {"section": alias.section}, park_id=park.id, name=alias.name)
    remove(session, tally, [row for row in rows.values() if row.section is not None])


def _store_positionings(
    session: Session, tally: Tally, park: Park, record: ParkRecord, chains: Mapping[str, Chain]
) -> None:
    """The weights of the files replace what is there: for a seeded park the files are the truth."""
    found = session.scalars(select(ParkPositioning).where(ParkPositioning.park_id == park.id))
    rows = {(row.chain_id, row.segment_id): row for row in found}
    for focus in record.focus:
        chain_id = chains[focus.chain].id
        segment_id = None
        if focus.segment is not None:
            lookup = select(Segment.id).where(Segment.chain_id == chain_id, Segment.key == focus.segment)
            segment_id = session.scalars(lookup).one()
        values = {"weight": focus.weight}
        row = rows.pop((chain_id, segment_id), None)
        fixed = {"park_id": park.id, "chain_id": chain_id, "segment_id": segment_id}
        write(session, tally, ParkPositioning, row, values, **fixed)
    remove(session, tally, rows.values())


def store_enterprises(session: Session, tally: Tally, district: District) -> dict[str, Enterprise]:
    """Enterprises and institutions, by name. What people learnt of them (code, figures, override) stays."""
    rows = by_key(session, Enterprise)
    named = {}
    for record in district.enterprises:
        row = rows.get(record.key)
        row = write(session, tally, Enterprise, row, _enterprise_values(record), key=record.key)
        session.flush()
        _derive_tier(row)
        _store_enterprise_aliases(session, tally, row, record.aliases)
        named[record.name] = row
    session.flush()
    return named


def _enterprise_values(record: EnterpriseRecord) -> dict[str, object]:
    keys = pinyin_keys(record.name)
    role = f"{record.role}；" + (f"领域：{record.field}；" if record.field else "")
    return {
        "name": record.name,
        "normalised_name": normalised(record.name),
        "core_name": core(record.name),
        "pinyin": " ".join(keys.full),
        "initials": " ".join(keys.initials),
        "is_institution": record.is_institution,
        "is_chain_leader": record.leader,
        "sections": list(record.sections),
        "note": role + "；".join(fact.text for fact in record.facts),
    }


def _derive_tier(row: Enterprise) -> None:
    """A leading firm is mature whatever else is unknown (DOMAIN §3); others wait until people say more."""
    if row.tier is None and row.tier_override is None and row.is_chain_leader:
        decision = decide_tier(TierFacts(chain_leader=True), today())
        row.tier = decision.tier
        row.tier_rule = {"rule": decision.rule.value, "reason": decision.reason.msgid}


def _store_enterprise_aliases(
    session: Session, tally: Tally, enterprise: Enterprise, aliases: tuple[Alias, ...]
) -> None:
    found = session.scalars(select(EnterpriseAlias).where(EnterpriseAlias.enterprise_id == enterprise.id))
    rows = {row.normalised_name: row for row in found}
    for alias in aliases:
        key = normalised(alias.name)
        values = {"name": alias.name, "pinyin": pinyin_keys(alias.name).search_text}
        fixed = {"enterprise_id": enterprise.id, "normalised_name": key}
        write(session, tally, EnterpriseAlias, rows.get(key), values, **fixed)


def store_policies(session: Session, tally: Tally, district: District) -> None:
    rows = by_key(session, Policy)
    for sort, record in enumerate(district.policies):
        values = {
            "title": record.title,
            "summary": record.summary,
            "category": record.category,
            "tiers": [tier.value for tier in record.tiers],
            "instrument": record.instrument,
            "section": record.section,
            "condition": record.condition,
            "sort": sort,
        }
        write(session, tally, Policy, rows.get(record.key), values, key=record.key)


def store_targets(session: Session, tally: Tally, district: District) -> None:
    """Targets by key; a baseline is people's and stays."""
    rows = by_key(session, Target)
    for record in district.targets:
        values = {
            "year": record.year,
            "indicator": record.indicator,
            "operator": record.operator,
            "value": record.value,
            "unit": record.unit,
            "pillar": record.pillar,
            "is_qualitative": record.is_qualitative,
            "section": record.section,
            "note": record.note,
        }
        write(session, tally, Target, rows.get(record.key), values, key=record.key)


def store_tiers(session: Session, tally: Tally, district: District) -> None:
    rows = {row.tier: row for row in session.scalars(select(TierMeasure))}
    for record in district.tiers:
        values = {
            "applies_to": list(record.applies_to),
            "measures": [text for text, _instrument in record.measures],
            "condition": record.condition,
            "section": record.section,
        }
        write(session, tally, TierMeasure, rows.get(record.tier), values, tier=record.tier)
