"""What the three weekly mails share: the week in words, money, bars, and the sentence that says where it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from crm.domain import reports as words
from crm.domain.calendar import parse_iso_week
from crm.domain.errors import NotFound
from crm.domain.labels import N_
from crm.domain.pipeline import Light
from crm.infra.clock import civil_date
from crm.infra.config import Settings
from crm.services import reports
from crm.services.access import Actor
from crm.services.reports import Report
from workers.emails.letter import Links, NothingToSayError, Voice

SIGNS = {Light.RED: "■", Light.YELLOW: "▲", Light.GREEN: "●"}
TONES = {Light.RED: "red", Light.YELLOW: "amb", Light.GREEN: "mut"}
#: From few to many, or from early to late: each bar a shade darker.
SHADES = ("#c4dae2", "#8fb8c6", "#4b8ba1", "#0f5f7a")


#: Words of the maps' statuses, as `crm.domain.labels` has them.
_STATUSES = {
    "strong": N_("强"),
    "weak": N_("弱"),
    "missing": N_("缺"),
    "filling": N_("正在补"),
    "unknown": N_("未摸清"),
}


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a chart: `percent` of the greatest, drawn as two table cells, or as blocks in plain text."""

    label: str
    percent: int
    colour: str
    value: str
    unit: str
    note: str = ""

    @property
    def blocks(self) -> str:
        return words.text_bar(self.percent)


def report_for(session: Session, recipient: Actor, params: Mapping[str, object], voice: words.Voice) -> Report:
    """The report that a mail is made from. NothingToSayError where there is none for this reader any more."""
    try:
        report = reports.weekly(session, recipient, parse_iso_week(str(params["week"])), voice)
    except NotFound as gone:
        raise NothingToSayError("the reader has no page in this week's report") from gone
    return report


@dataclass(frozen=True, slots=True)
class Writer:
    """Words that every weekly mail needs, for one reader."""

    reader: Actor
    voice: Voice
    links: Links
    report: Report

    @classmethod
    def of(cls, settings: Settings, reader: Actor, voice: Voice, report: Report) -> Writer:
        return cls(reader, voice, Links.of(settings), report)

    @property
    def name(self) -> str:
        """周副区长（示例） is greeted as 周副区长."""
        return self.reader.name.split("（")[0]

    @property
    def url(self) -> str:
        return self.links.weekly(str(self.report.week))

    def say(self, msgid: str, /, **params: object) -> str:
        return self.voice.text(msgid, **params)

    def listed(self, parts: Iterable[str]) -> str:
        return self.say(N_("，")).join(part for part in parts if part)

    def band(self, title: str) -> str:
        week = self.report.week
        return self.say(N_("%(title)s · %(year)d 年第 %(week)d 周"), title=title, year=week.year, week=week.week)

    def subject(self, title: str, summary: str) -> str:
        """【招商周报】第 47 周：签约 2 项 2.80 亿元，3 件事请您决定."""
        week = self.report.week.week
        return self.say(N_("【%(title)s】第 %(week)d 周：%(summary)s"), title=title, week=week, summary=summary)

    def span(self) -> str:
        """11 月 16 日至 11 月 22 日."""
        week = self.report.week
        return self.say(N_("%(first)s至 %(last)s"), first=self.voice.day(week.monday), last=self.voice.day(week.sunday))

    def short_day(self, day: date) -> str:
        """11-24 周二; the reader's today is said as such."""
        if day == self.report.data.day:
            return self.say(N_("今天"))
        return f"{day:%m-%d} {self.voice.weekday(day)}"

    def shared(self) -> dict[str, object]:
        """Values of the shared foot and of every template."""
        return {
            "source_words": self._source(),
            "week_url": self.url,
            "signs": {light.value: sign for light, sign in SIGNS.items()},
            "tones": {light.value: tone for light, tone in TONES.items()},
            "say": self.voice.say,
        }

    def _source(self) -> str:
        data = self.report.data
        values = {
            "first": self.voice.day(civil_date(data.from_at)),
            "last": self.voice.day(civil_date(data.until_at)),
            "week": data.week,
        }
        if self.report.frozen_at is None:
            text = N_(
                "活动日志在 %(first)s 00:00 与 %(last)s 00:00（北京时间）两个时刻之差。%(week)s 尚未冻结，这是预览。"
            )
        else:
            text = N_(
                "活动日志在 %(first)s 00:00 与 %(last)s 00:00（北京时间）两个时刻之差，"
                "已存为快照 %(week)s，可随时复现。"
            )
        return self.say(text, **values)

    # ── Quantities ───────────────────────────────────────────────────────────────────────────────────────────────────

    def money(self, fen: int | None) -> str:
        """3.20 亿元, 860 万元; 金额未录入 for what nobody entered."""
        if fen is None:
            return self.say(N_("金额未录入"))
        if abs(fen) >= 10_000_000_000:
            return self.say(N_("%(amount)s 亿元"), amount=f"{fen / 10_000_000_000:,.2f}")
        return self.say(N_("%(amount)s 万元"), amount=f"{round(fen / 1_000_000):,}")

    def percent(self, per_mille: int) -> str:
        return f"{per_mille / 10:.1f}%"

    def bars(self, rows: Sequence[tuple[str, int, str, str, str]]) -> list[Bar]:
        """Rows of (label, size, value, unit, note) as one chart."""
        widths = words.bar_widths(row[1] for row in rows)
        last = len(rows) - 1
        return [
            Bar(label, width, SHADES[round(number * 3 / last) if last else 3], value, unit, note)
            for number, ((label, _size, value, unit, note), width) in enumerate(zip(rows, widths, strict=True))
        ]

    def facts(self, msgids: Iterable[str]) -> str:
        return self.say(N_("、")).join(self.say(word) for word in msgids)

    # ── Chains ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def named(self, name: str, english: str | None) -> str:
        """A name of the maps in the reader's language; the Chinese one where there is no English."""
        return name if self.voice.locale.startswith("zh") or not english else english

    def gap(self, move: words.GapMove) -> str:
        """诊断原料（缺 → 正在补）."""
        before, after = self.say(_STATUSES[move.before]), self.say(_STATUSES[move.after])
        name = self.named(move.name, move.name_en)
        return self.say(N_("%(name)s（%(before)s → %(after)s）"), name=name, before=before, after=after)

    def last_moment(self) -> str:
        """截至 11 月 22 日 24:00."""
        return self.voice.day(civil_date(self.report.data.until_at) - timedelta(days=1))
