"""Enterprises: found by name, alias, pinyin or credit code; size and tier computed by visible rules (DOMAIN §3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from crm.domain.enterprises.above_scale import AboveScale, above_scale
from crm.domain.enterprises.gbt4754 import parse_code
from crm.domain.enterprises.names import core, normalised, same_name
from crm.domain.enterprises.pinyin import pinyin_keys
from crm.domain.enterprises.size import SizeDecision, statistical_size
from crm.domain.enterprises.tier import TierDecision, TierFacts, TierOverride, decide_tier
from crm.domain.enterprises.uscc import parse_uscc
from crm.domain.enterprises.words import Size, Title
from crm.domain.errors import Invalid
from crm.domain.labels import N_
from crm.domain.policies import Tier
from crm.domain.search import SearchKind
from crm.domain.text import clean_text
from crm.infra.clock import today
from crm.models import Enterprise, EnterpriseAlias
from crm.services import access, audit
from crm.services.access import Actor
from crm.services.search import best

NAME_LENGTH = 200
REASON_LENGTH = 300
MAX_EMPLOYEES = 10_000_000
#: 100 万亿元 in fen: above it somebody has typed the wrong unit.
MAX_MONEY_FEN = 10**16
EARLIEST = date(1800, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterpriseFacts:
    """Who wants to invest. `id` is an enterprise chosen from the list; otherwise the name decides. None is unknown."""

    id: int | None = None
    name: str = ""
    uscc: str | None = None
    gbt_code: str | None = None
    segment_id: int | None = None
    employees: int | None = None
    #: In fen, as all money.
    revenue_fen: int | None = None
    assets_fen: int | None = None
    founded_on: date | None = None
    above_scale_registered: bool | None = None
    titles: frozenset[Title] = frozenset()
    is_listed: bool | None = None
    #: Tier set against the rules; the reason is mandatory with it.
    tier_override: Tier | None = None
    tier_override_reason: str = ""


@dataclass(frozen=True, slots=True)
class Assessment:
    """Size, above-scale status and tier of one enterprise, each with the rule that decided it."""

    size: SizeDecision
    above_scale: AboveScale
    tier: TierDecision


@dataclass(frozen=True, slots=True)
class EnterpriseOption:
    """One line of the search while typing, with what is known so that a form can take it over."""

    enterprise: Enterprise
    #: The alias that was found, if it was not the name itself.
    alias: str | None


def clean(facts: EnterpriseFacts) -> EnterpriseFacts:
    """The facts cleaned and within bounds. Invalid names the form's field."""
    name = " ".join(clean_text(facts.name, NAME_LENGTH, "name").split())
    if not name and facts.id is None:
        raise Invalid("name", N_("请填写企业名称。"))
    if name and not normalised(name):
        raise Invalid("name", N_("企业名称里没有文字。"))
    for field, value, top in (
        ("employees", facts.employees, MAX_EMPLOYEES),
        ("revenue", facts.revenue_fen, MAX_MONEY_FEN),
        ("assets", facts.assets_fen, MAX_MONEY_FEN),
    ):
        if value is not None and value < 0:
            raise Invalid(field, N_("不能是负数。"))
        if value is not None and value > top:
            raise Invalid(field, N_("数值大得不合常理，请检查单位。"))
    if facts.founded_on is not None and not EARLIEST <= facts.founded_on <= today():
        raise Invalid("founded_on", N_("成立日期应在 1800 年以后、今天以前。"))
    return EnterpriseFacts(
        id=facts.id,
        name=name,
        uscc=parse_uscc(facts.uscc) if facts.uscc else None,
        gbt_code=parse_code(facts.gbt_code) if facts.gbt_code else None,
        segment_id=facts.segment_id,
        employees=facts.employees,
        revenue_fen=facts.revenue_fen,
        assets_fen=facts.assets_fen,
        founded_on=facts.founded_on,
        above_scale_registered=facts.above_scale_registered,
        titles=facts.titles,
        is_listed=facts.is_listed,
        tier_override=facts.tier_override,
        tier_override_reason=clean_text(facts.tier_override_reason, REASON_LENGTH, "tier_reason", multiline=True),
    )


def assess(facts: EnterpriseFacts, enterprise: Enterprise | None = None) -> Assessment:
    """Apply the rules to the facts of a form; curated facts (链主, 500 强) come from the stored enterprise."""
    size = statistical_size(
        facts.gbt_code, employees=facts.employees, revenue_fen=facts.revenue_fen, assets_fen=facts.assets_fen
    )
    scale = above_scale(facts.gbt_code, revenue_fen=facts.revenue_fen, registered=facts.above_scale_registered)
    known = TierFacts(
        chain_leader=enterprise.is_chain_leader if enterprise else None,
        listed=facts.is_listed,
        top_500=enterprise.is_top500 if enterprise else None,
        size=size.size,
        registered_above_scale=facts.above_scale_registered,
        titles=facts.titles,
        founded_on=facts.founded_on,
    )
    override = TierOverride(facts.tier_override, facts.tier_override_reason) if facts.tier_override else None
    return Assessment(size, scale, decide_tier(known, today(), override))


def facts_of(enterprise: Enterprise) -> EnterpriseFacts:
    """What is stored of an enterprise, as a form or the rules want it."""
    return EnterpriseFacts(
        id=enterprise.id,
        name=enterprise.name,
        uscc=enterprise.uscc,
        gbt_code=enterprise.gbt_code,
        segment_id=enterprise.segment_id,
        employees=enterprise.employees,
        revenue_fen=enterprise.revenue_fen,
        assets_fen=enterprise.assets_fen,
        founded_on=enterprise.founded_on,
        above_scale_registered=enterprise.above_scale_registered,
        titles=frozenset(Title(word) for word in enterprise.titles or () if word in set(Title)),
        is_listed=enterprise.is_listed,
        tier_override=enterprise.tier_override,
        tier_override_reason=enterprise.tier_override_reason or "",
    )


def assessment_of(enterprise: Enterprise) -> Assessment:
    """The rules applied to what is stored, for a page that explains them."""
    return assess(facts_of(enterprise), enterprise)


# ── Finding ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def search(session: Session, actor: Actor, typed: str, limit: int = 8) -> list[EnterpriseOption]:
    """Enterprises that the actor may see, found by name, alias, pinyin, initials or code; exact and beginning ones first."""
    text = clean_text(typed, NAME_LENGTH, "q")
    wanted = normalised(text)
    if len(wanted) < 1:
        return []
    letters = "".join(text.lower().split())
    ids = best(session, SearchKind.ENTERPRISE, access.enterprise_scope(actor), text, limit)
    rows = {row.id: row for row in session.scalars(select(Enterprise).where(Enterprise.id.in_(ids)))}
    found = [rows[key] for key in ids]
    aliases = session.scalars(
        select(EnterpriseAlias).where(EnterpriseAlias.enterprise_id.in_([row.id for row in found]))
    ).all()
    return [EnterpriseOption(row, _alias_shown(row, aliases, wanted, letters)) for row in found]


def _alias_shown(row: Enterprise, aliases: list[EnterpriseAlias], wanted: str, letters: str) -> str | None:
    """The alias to show beside a name that what was typed does not explain."""
    if wanted in row.normalised_name or pinyin_keys(row.name).matches(letters):
        return None
    for alias in aliases:
        if alias.enterprise_id == row.id and (
            wanted in alias.normalised_name or pinyin_keys(alias.name).matches(letters)
        ):
            return alias.name
    return None


def is_visible(session: Session, actor: Actor | None, enterprise_id: int) -> bool:
    """Whether the actor may see the enterprise itself; a visitor of the public site sees none."""
    if actor is None:
        return False
    found = select(Enterprise.id).where(Enterprise.id == enterprise_id, access.enterprise_scope(actor))
    return session.scalar(found) is not None


def find(session: Session, actor: Actor | None, facts: EnterpriseFacts) -> Enterprise | None:
    """The stored enterprise that clean facts mean: chosen by id, else same code, else same name or alias.

    Nothing of it may be shown to an actor who cannot see it. A chosen id that the name does not fit any more counts
    for nothing: the person has gone on typing.
    """
    if facts.id is not None and actor is not None:
        chosen = access.enterprise(session, actor, facts.id)
        if not facts.name or _goes_by(session, chosen, facts.name):
            return chosen
    if facts.uscc and (found := session.scalar(select(Enterprise).where(Enterprise.uscc == facts.uscc))):
        # A merged enterprise has given its code away: what is found here is alive.
        return found
    return _by_name(session, facts)


def _goes_by(session: Session, enterprise: Enterprise, name: str) -> bool:
    if same_name(enterprise.name, name):
        return True
    alias = select(EnterpriseAlias.id).where(
        EnterpriseAlias.enterprise_id == enterprise.id, EnterpriseAlias.normalised_name == normalised(name)
    )
    return session.scalar(alias.limit(1)) is not None


def _by_name(session: Session, facts: EnterpriseFacts) -> Enterprise | None:
    wanted = normalised(facts.name)
    if not wanted:
        return None
    aliased = select(EnterpriseAlias.enterprise_id).where(EnterpriseAlias.normalised_name == wanted)
    query = select(Enterprise).where(
        Enterprise.merged_into_id.is_(None),
        or_(Enterprise.normalised_name == wanted, Enterprise.id.in_(aliased)),
    )
    if facts.uscc:
        # The same name with another code is another firm.
        query = query.where(or_(Enterprise.uscc.is_(None), Enterprise.uscc == facts.uscc))
    order = (Enterprise.normalised_name != wanted, Enterprise.id)
    return session.scalar(query.order_by(*order).limit(1))


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def find_or_create(
    session: Session, actor: Actor | None, facts: EnterpriseFacts, *, is_demo: bool = False
) -> Enterprise:
    """The enterprise behind a new lead; `facts` are clean.

    A known one takes over what the form says if the actor may see it; otherwise only what was unknown is filled, and
    by a visitor of the public site nothing.
    """
    found = find(session, actor, facts)
    if found is None:
        return _create(session, facts, is_demo=is_demo)
    if actor is not None:
        change(session, found, facts, only_unknown=not is_visible(session, actor, found.id))
    return found


def enter(session: Session, actor: Actor, name: str) -> Enterprise:
    """A firm found on a survey, by its name: the known one, or a new one of which nothing else is known. Invalid("name")."""
    facts = clean(EnterpriseFacts(name=name))
    found = find(session, actor, facts)
    if found is not None:
        return found
    made = _create(session, facts, is_demo=actor.is_demo)
    audit.record(session, actor.id, "enterprise.created", ("enterprise", made.id), after={"name": made.name})
    return made


def new_columns(facts: EnterpriseFacts) -> dict[str, object]:
    """The columns of a new enterprise from clean facts: named and assessed. For many rows at once it needs no object."""
    found = assess(facts)
    return {
        **_name_columns(facts.name),
        **{field: getattr(facts, field) for field in _FACTS},
        "titles": sorted(title.value for title in facts.titles),
        "tier_override": facts.tier_override,
        "tier_override_reason": facts.tier_override_reason if facts.tier_override else None,
        "sections": [],
        "is_chain_leader": False,
        "is_institution": False,
        **_assessed_columns(found),
    }


def _create(session: Session, facts: EnterpriseFacts, *, is_demo: bool) -> Enterprise:
    enterprise = Enterprise(**new_columns(facts), is_demo=is_demo)
    session.add(enterprise)
    session.flush()
    return enterprise


def change(
    session: Session, enterprise: Enterprise, facts: EnterpriseFacts, *, only_unknown: bool = False
) -> list[str]:
    """Take over clean facts and assess anew; returns the words of `domain.events.FIELDS` that changed.

    A None never erases a known value here; `replace` does.
    """
    before = facts_of(enterprise)
    stated = {field: value for field in _FACTS if (value := getattr(facts, field)) not in (None, frozenset())}
    if only_unknown:
        stated = {f: v for f, v in stated.items() if getattr(before, f) in (None, frozenset())}
    for field, value in stated.items():
        _set(enterprise, field, value)
    if facts.tier_override and not only_unknown:
        enterprise.tier_override, enterprise.tier_override_reason = facts.tier_override, facts.tier_override_reason
    _assess(enterprise)
    return _changed(before, facts_of(enterprise))


def replace(session: Session, enterprise: Enterprise, facts: EnterpriseFacts) -> list[str]:
    """All facts as an edit form shows them, so that an emptied field becomes unknown; returns what changed.

    Invalid("uscc") if the code belongs to another enterprise.
    """
    before = facts_of(enterprise)
    if facts.uscc and facts.uscc != enterprise.uscc:
        other = select(Enterprise.id).where(Enterprise.uscc == facts.uscc, Enterprise.id != enterprise.id)
        if session.scalar(other) is not None:
            raise Invalid("uscc", N_("这个代码已属于另一家企业，请核对。"))
    if facts.name and facts.name != enterprise.name:
        _name(enterprise, facts.name)
    _take(enterprise, facts)
    _assess(enterprise)
    return _changed(before, facts_of(enterprise))


_FACTS = (
    "uscc", "gbt_code", "segment_id", "employees", "revenue_fen", "assets_fen", "founded_on",
    "above_scale_registered", "titles", "is_listed",
)  # fmt: skip
_WORDS = {
    "segment_id": "segment",
    "revenue_fen": "revenue",
    "assets_fen": "assets",
    "tier_override": "tier",
    "tier_override_reason": "tier",
}


def _name(enterprise: Enterprise, name: str) -> None:
    for column, value in _name_columns(name).items():
        setattr(enterprise, column, value)


def _name_columns(name: str) -> dict[str, str]:
    keys = pinyin_keys(name)
    return {
        "name": name,
        "normalised_name": normalised(name),
        "core_name": core(name),
        "pinyin": " ".join(keys.full)[:600],
        "initials": " ".join(keys.initials)[:200],
    }


def _take(enterprise: Enterprise, facts: EnterpriseFacts) -> None:
    for field in _FACTS:
        _set(enterprise, field, getattr(facts, field))
    enterprise.tier_override = facts.tier_override
    enterprise.tier_override_reason = facts.tier_override_reason if facts.tier_override else None


def _set(enterprise: Enterprise, field: str, value: object) -> None:
    if field == "titles":
        value = sorted(title.value for title in value)  # type: ignore[attr-defined]
    if getattr(enterprise, field) != value:
        setattr(enterprise, field, value)


def _assess(enterprise: Enterprise) -> None:
    """Store size, above-scale and tier with their rules; an institution has none of them."""
    if enterprise.is_institution:
        enterprise.size = Size.NOT_APPLICABLE.value
        return
    for column, value in _assessed_columns(assessment_of(enterprise)).items():
        setattr(enterprise, column, value)


def _assessed_columns(found: Assessment) -> dict[str, object]:
    return {
        "size": found.size.size.value,
        "size_rule": {"reason": found.size.reason.say()},
        "above_scale_computed": found.above_scale.computed,
        "tier": found.tier.tier,
        "tier_rule": {"rule": found.tier.rule.value, "reason": found.tier.reason.say()},
    }


def reassess(enterprise: Enterprise) -> None:
    """Size, above-scale status and tier anew, after its facts were set one by one (an undo)."""
    _assess(enterprise)


def _changed(before: EnterpriseFacts, after: EnterpriseFacts) -> list[str]:
    fields = ("name", *_FACTS, "tier_override", "tier_override_reason")
    different = [field for field in fields if getattr(before, field) != getattr(after, field)]
    return list(dict.fromkeys(_WORDS.get(field, field) for field in different))
