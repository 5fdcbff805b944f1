"""The words of a plan for templates, in the reader's language (`services.plans.wording` says which)."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace

from flask import url_for

from crm.services.district import DistrictNames, district_names
from crm.services.plans import INDICATOR_WORDS, PlanView, wording
from crm.web import kit
from crm.web.formats import named
from crm.web.language import gettext


def of_plan(view: PlanView) -> SimpleNamespace:
    """Everything that page and print say by functions."""
    names = district_names(kit.settings().district)
    return SimpleNamespace(
        title=wording.plan_title(view, gettext, named(view.facts)),
        team=wording.team_words(view, gettext),
        map=wording.map_words(view, gettext),
        district=wording.district_words(view, gettext) if view.district_goals else "",
        basis=wording.basis(gettext, source_of(names)),
        place=f"{names.city}{names.name}",
        present=partial(wording.present_words, say=gettext),
        note=partial(wording.note_words, say=gettext),
        room=partial(wording.room_words, say=gettext),
        aim=partial(wording.aim_words, say=gettext),
        concerned=partial(wording.concerned_words, say=gettext),
        indicators=INDICATOR_WORDS,
        chain_url=chain_url(view.facts.key),
        segment_url=lambda segment: segment_url(view.facts.key, segment.key),
    )


def source_of(names: DistrictNames) -> str:
    """The document that sections are of, with its standing: a draft for comments is named as one."""
    return f"{names.document_title}（{names.document_status}）" if names.document_status else names.document_title


def chain_url(key: str) -> str:
    """Where firms are put on segments: the map's editor."""
    return url_for("chain_edit.show", key=key)


def segment_url(key: str, segment: str) -> str:
    """The page of a segment."""
    return url_for("chains.segment", key=key, segment=segment)
