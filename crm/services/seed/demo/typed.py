"""What the investor said for each figure of a lead: the words that the entry form would have read it from."""

from __future__ import annotations

from crm.services.seed.demo.files import Story

_AREA = {"rent": "{}平", "buy": "{}㎡", "land": "{}亩"}
_BUDGET = {"rent": "{}元/㎡/月", "buy": "{}元/㎡", "land": "{}万元/亩"}
_FIELDS = ("area_min", "area_target", "area_max")


def typed_words(story: Story) -> dict[str, str]:
    """Words by field of the form; only for what was said at all."""
    words = _of_firm(story) | _of_need(story)
    if story.invest is not None:
        words["investment"] = f"{story.invest / 10_000:g}亿" if story.invest >= 10_000 else f"{story.invest}万"
    return words


def _of_firm(story: Story) -> dict[str, str]:
    words = {}
    if "staff" in story.firm:
        words["employees"] = f"{story.firm['staff']}人"
    for name in ("revenue", "assets"):
        if name in story.firm:
            words[name] = f"{story.firm[name]}万元"
    return words


def _of_need(story: Story) -> dict[str, str]:
    need, words = story.need, {}
    tenure = next((name for name in _AREA if name in need), None)
    if tenure is not None:
        for field, size in zip(_FIELDS, need[tenure], strict=True):
            if size is not None:
                about = "约" if field == "area_target" else ""
                words[field] = about + _AREA[tenure].format(size)
        if "budget" in need:
            words["budget"] = _BUDGET[tenure].format(need["budget"])
    if "load" in need:
        words["floor_load"] = f"{need['load']}kg/㎡"
    if "height" in need:
        words["clear_height"] = f"{need['height']:g}米"
    if "power" in need:
        words["power"] = f"{need['power']}kVA"
    if need.get("grace"):
        words["grace_days"] = f"{need['grace']}天"
    return words
