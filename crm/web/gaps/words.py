"""The words of the gaps board: groups, parts of a priority, feasibility, and the parts of a target's score."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _

#: group → (name, what it means)
GROUPS = {
    "fill": (_("补链"), _("缺，且本地有人要用")),
    "extend": (_("延链"), _("缺，紧挨强环节")),
    "strengthen": (_("强链"), _("有，但弱")),
    "filling": (_("正在补"), _("已有签约项目瞄准")),
    "survey": (_("待调研"), _("未摸清不等于缺，先派调研")),
    "watch": (_("观察"), _("缺，但本地无人依赖，相邻环节也不强")),
    "consolidate": (_("巩固"), _("强环节：租约、扩产和外迁意向每季度看一次")),
}

#: Parts of a priority in the order of the formula: key → (name, class of the bar)
PARTS = {
    "dependence": (_("依赖"), "a"),
    "weakness": (_("薄弱"), "d"),
    "neighbour": (_("邻强"), "e"),
    "presence": (_("邻接"), "b"),
    "downstream": (_("下游"), "c"),
    "demand": (_("外购"), "f"),
}
#: The largest priority that a formula can give, purchases aside.
FULL = 1000

ROOMS = {
    "fit": _("有载体可承接"),
    "verify": _("载体待核实"),
    "none": _("区内无载体"),
    "unknown": _("未定空间模板"),
}
TIERS = {"mature": _("成熟型"), "growth": _("成长型"), "incubation": _("孵化型")}
POINTERS = {"lead": _("线索瞄准本环节"), "segment": _("登记在本环节"), "code": _("行业代码相符")}
UNKNOWN = {"tier": _("层级"), "links": _("上下游"), "space": _("空间需求")}


def parts_of(state) -> list[tuple[str, str, int, int]]:
    """The parts that count: (name, class, points, where the bar of this part begins)."""
    shown, start = [], 0
    for key, (name, kind) in PARTS.items():
        points = state.parts.get(key, 0)
        if points:
            shown.append((str(name), kind, points, start))
            start += points
    return shown


def parts_text(state) -> str:
    """「依赖 51 邻接 300 下游 82」"""
    return " ".join(f"{name} {points}" for name, _kind, points, _start in parts_of(state))


def score_text(score) -> str:
    """The parts of a target's score in words: 层级 40 上下游 22 空间 30, and what is not known."""
    said = gettext(
        "层级 %(tier)d · 上下游 %(links)d · 空间 %(space)d", tier=score.tier, links=score.links, space=score.space
    )
    if score.unknown:
        said += gettext("；未知：%(what)s", what=gettext("、").join(str(UNKNOWN[part]) for part in score.unknown))
    return said
