"""The filters of the list: they live in the address, so a list can be sent to a colleague."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from flask import url_for
from flask_babel import gettext

from crm.domain.access import Role
from crm.domain.labels import label
from crm.domain.leads import LeadSource, LeadState
from crm.domain.policies import Tier
from crm.services.access import Actor
from crm.services.leads import LeadFilter
from crm.services.leads.lists import Counts

OWNERS = ("mine", "section", "unowned", "all")
DUES = ("overdue", "unplanned", "protection", "week")
NAMES = ("state", "owner", "due", "chain", "tier", "source", "q")
Member = TypeVar("Member", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in force and the address without it."""

    label: str
    value: str
    href: str


def _member(members: type[Member], value: str) -> Member | None:
    try:
        return members(value)
    except ValueError:
        return None


def default_owner(actor: Actor) -> str:
    """What the list opens with: an officer's own, a chief's section, everything for leaders."""
    return {Role.OFFICER: "mine", Role.CHIEF: "section"}.get(actor.role, "all")


def parse(args: Mapping[str, str], actor: Actor, chains: list[tuple[str, str]]) -> LeadFilter:
    """The filter of an address; unknown words narrow nothing."""
    owner = args.get("owner", default_owner(actor))
    state = args.get("state", "open")
    return LeadFilter(
        state="open" if state == "open" else _member(LeadState, state),
        owner="" if owner == "all" or owner not in OWNERS else owner,
        due=args.get("due", "") if args.get("due", "") in DUES else "",
        chain=args.get("chain", "") if args.get("chain", "") in dict(chains) else "",
        tier="unknown" if args.get("tier") == "unknown" else _member(Tier, args.get("tier", "")),
        source=_member(LeadSource, args.get("source", "")),
        q=args.get("q", "").strip()[:80],
    )


def address(args: Mapping[str, str], **changes: str | None) -> str:
    """The list's address with some filters changed; None takes one away, and paging starts anew."""
    kept = {name: args[name] for name in NAMES if args.get(name)} | changes
    return url_for("leads.index", **{name: value for name, value in kept.items() if value is not None})


def views(args: Mapping[str, str], actor: Actor, counts: Counts) -> list[tuple[str, str, bool, int, bool]]:
    """Ready-made views as tabs: (label, address, active, count, due)."""
    asked = {name: args[name] for name in NAMES if args.get(name)}
    ready: list[tuple[str, dict[str, str], int, bool]] = []
    if actor.role in (Role.OFFICER, Role.CHIEF):
        ready.append((gettext("我的在跟"), {"owner": "mine"}, counts.mine, False))
        ready.append((gettext("逾期和今天"), {"owner": "mine", "due": "overdue"}, counts.overdue, True))
        ready.append((gettext("未排下次"), {"owner": "mine", "due": "unplanned"}, counts.unplanned, False))
        ready.append((gettext("待领取"), {"owner": "unowned"}, counts.unowned, False))
        name = gettext("%(section)s全部", section=actor.section_name or gettext("本科室"))
        ready.append((name, {"owner": "section"}, counts.section, False))
    else:
        ready.append((gettext("全部在跟"), {"owner": "all"}, counts.section, False))
        ready.append((gettext("待领取"), {"owner": "unowned"}, counts.unowned, False))
    opened = asked or {"owner": default_owner(actor)}
    return [
        (text, url_for("leads.index", **wanted), opened == wanted, count, due and count > 0)
        for text, wanted, count, due in ready
    ]


def chips(args: Mapping[str, str], wanted: LeadFilter) -> list[Chip]:
    """The filters in force that no select shows: each can be taken away."""
    found: list[Chip] = []
    dues = {
        "overdue": gettext("逾期和今天到期"),
        "unplanned": gettext("未排下次"),
        "protection": gettext("14 天内到期"),
        "week": gettext("近 7 天登记"),
    }
    if wanted.due:
        name = gettext("保护") if wanted.due == "protection" else gettext("跟进")
        found.append(Chip(name, dues[wanted.due], address(args, due=None)))
    if wanted.q:
        found.append(Chip(gettext("搜索"), wanted.q, address(args, q=None)))
    return found


def selects(
    args: Mapping[str, str], wanted: LeadFilter, actor: Actor, chains: list[tuple[str, str]]
) -> list[tuple[str, str, list[tuple[str, str]], str]]:
    """The selects of the filter bar: (name, label, choices, chosen)."""
    everything = gettext("全部")
    owners = {
        "mine": gettext("我"),
        "section": actor.section_name or gettext("本科室"),
        "unowned": gettext("待领取"),
        "all": everything,
    }
    shown = owners if actor.role in (Role.OFFICER, Role.CHIEF) else {w: owners[w] for w in ("all", "unowned")}
    state = wanted.state.value if isinstance(wanted.state, LeadState) else wanted.state or "all"
    tier = wanted.tier.value if isinstance(wanted.tier, Tier) else wanted.tier or ""
    return [
        ("owner", gettext("负责人"), list(shown.items()), wanted.owner or "all"),
        (
            "state",
            gettext("状态"),
            [("open", gettext("在跟")), *_words(LeadState), ("all", everything)],
            state,
        ),
        ("chain", gettext("产业链"), [("", everything), *chains], wanted.chain),
        ("tier", gettext("层级"), [("", everything), *_words(Tier), ("unknown", gettext("未知"))], tier),
        ("source", gettext("来源"), [("", everything), *_words(LeadSource)], wanted.source or ""),
    ]


def _words(members: type[StrEnum]) -> list[tuple[str, str]]:
    return [(member.value, gettext(label(member))) for member in members]
