"""Sentences of outside purchases: volumes, and what they do to a segment's priority."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import gettext as _

from crm.domain import quantities
from crm.domain.labels import label
from crm.services.purchase_effects import Effect
from crm.services.purchases import Held
from crm.web.formats import named


def held(which: Held) -> str:
    return {Held.OPEN: _("现在仍外购"), Held.ENDED: _("已结束"), Held.ALL: _("全部")}[which]


def money(fen: int | None) -> str:
    """2,500 万元 a year; unknown is said, never 0."""
    return _("金额未知") if fen is None else quantities.say_money(fen).say(_)


def typed_money(fen: int | None) -> str:
    """Fen as the field reads them back: 万元."""
    return "" if fen is None else f"{(Decimal(fen) / quantities.FEN_PER_WAN).normalize():f}"


def effect(of: Effect | None) -> str:
    """What all purchases together do to the segment, in a few words; the figures stand beside it."""
    if of is None:
        return _("不在图谱里")
    state = of.segment.state
    if of.is_called:
        return _("本地没有企业依赖它，因外购才列入补链")
    if of.counts:
        return _("%(action)s优先级", action=_(label(state.action)))
    if not state.surveyed:
        return _("未摸清，先调研再排")
    if not state.demand:
        return _("没有金额，不加分")
    return _("本地已强，不用再补")


def saved(before: Effect | None, after: Effect | None) -> str:
    """The message after saving: the segment's priority as it was and as it is."""
    if after is not None and not after.segment.state.surveyed:
        return _("已保存。这个环节还没人摸清：调研以后，外购才计入优先级。")
    if after is None or before is None or not after.counts or after.after == before.after:
        return _("已保存。")
    return _(
        "已保存。「%(segment)s」的%(action)s优先级 %(before)s → %(after)s。",
        segment=named(after.segment),
        action=_(label(after.segment.state.action)),
        before=before.after,
        after=after.after,
    )
