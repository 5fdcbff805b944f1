"""What every mail is made of: the reader's voice, links that work outside a request, and the Letter of its kind.

A kind of mail returns a `Letter` — subject, first lines, context — and nothing else; `render` turns it into HTML and
text. No Flask here: mails are made by jobs, by commands and by the preview page alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from gettext import NullTranslations
from pathlib import Path

from babel.support import Translations

from crm.domain.labels import N_
from crm.domain.sentences import Sentence
from crm.infra.clock import SHANGHAI
from crm.infra.config import Settings

TRANSLATIONS = Path(__file__).resolve().parents[2] / "crm" / "translations"
_WEEKDAYS = (N_("周一"), N_("周二"), N_("周三"), N_("周四"), N_("周五"), N_("周六"), N_("周日"))


class NothingToSayError(Exception):
    """The mail is no longer worth sending: its matter is settled, or the reader may not see it any more."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What a kind of mail returns. `template` names `<template>.html` and `<template>.txt` in templates/.

    `subject` comes without line breaks; `preheader` is the line that mail programs show beside it; `band_right`
    stands in the coloured band. `context` holds the values of the two templates. `is_demo` adds the 示例 mark.
    """

    template: str
    subject: str
    preheader: str
    band_right: str
    context: Mapping[str, object] = field(default_factory=dict)
    is_demo: bool = False


@dataclass(frozen=True, slots=True)
class Rendered:
    """A mail as it leaves: one line of subject, HTML with inlined rules, and a text part of its own."""

    subject: str
    html: str
    text: str


@lru_cache(maxsize=8)
def _catalogue(locale: str) -> NullTranslations:
    """Chinese is the source language and needs no catalogue; a language without one reads Chinese."""
    if locale.startswith("zh"):
        return NullTranslations()
    return Translations.load(str(TRANSLATIONS), [locale])


@dataclass(frozen=True, slots=True)
class Voice:
    """The reader's language: sentences and dates, with the same msgids as the pages."""

    locale: str = "zh"

    @property
    def html_lang(self) -> str:
        return "zh-CN" if self.locale.startswith("zh") else self.locale

    def text(self, msgid: str, /, **params: object) -> str:
        """The sentence in the reader's language, `%(name)s` filled in."""
        words = _catalogue(self.locale).gettext(msgid) if msgid else ""
        return words % params if params else words

    def plural(self, one: str, many: str, number: int, /, **params: object) -> str:
        """Like `text`, in singular or plural; `%(num)s` is the number."""
        return _catalogue(self.locale).ngettext(one, many, number) % {"num": number, **params}

    def say(self, sentence: Sentence) -> str:
        return sentence.say(self.text)

    def weekday(self, day: date) -> str:
        return self.text(_WEEKDAYS[day.weekday()])

    def day(self, day: date) -> str:
        """11 月 23 日."""
        return self.text(N_("%(month)s 月 %(day)s 日"), month=day.month, day=day.day)

    def clock(self, moment: datetime) -> str:
        """09:30 on the clock of Asia/Shanghai."""
        return f"{moment.astimezone(SHANGHAI):%H:%M}"


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses of pages, from the configured public URL only, never from a request (RELIABILITY §4).

    tests/web/test_mail_links.py compares each with the routes of the application.
    """

    base: str

    @classmethod
    def of(cls, settings: Settings) -> Links:
        return cls(settings.public_url.rstrip("/"))

    def desk(self) -> str:
        return f"{self.base}/crm/"

    def lead(self, lead_id: int) -> str:
        return f"{self.base}/crm/leads/{lead_id}"

    def introduction(self, introduction_id: int) -> str:
        return f"{self.base}/crm/introductions/{introduction_id}"

    def project(self, project_id: int) -> str:
        return f"{self.base}/crm/projects/{project_id}"

    def commitment(self, commitment_id: int) -> str:
        return f"{self.base}/crm/commitments/{commitment_id}"

    def issue(self, issue_id: int) -> str:
        return f"{self.base}/crm/issues/{issue_id}"

    def plan_task(self, task_id: int) -> str:
        return f"{self.base}/crm/plans/tasks/{task_id}"

    def plan_version(self, version_id: int) -> str:
        return f"{self.base}/crm/plans/versions/{version_id}"

    def survey(self, chain_id: int) -> str:
        return f"{self.base}/crm/plans/surveys/{chain_id}"

    def target(self, target_id: int) -> str:
        return f"{self.base}/crm/gaps/targets/{target_id}"

    def park(self, park_id: int) -> str:
        return f"{self.base}/crm/parks/{park_id}"

    def chain(self, key: str) -> str:
        return f"{self.base}/crm/chains/{key}"

    def segment(self, key: str, segment: str) -> str:
        return f"{self.base}/crm/chains/{key}/segments/{segment}"

    def snooze(self, reminder_id: int) -> str:
        return f"{self.base}/crm/reminders/{reminder_id}/snooze"

    def weekly(self, week: str) -> str:
        return f"{self.base}/crm/reports/weekly/{week}"

    def account(self) -> str:
        return f"{self.base}/crm/me"
