"""The park managers' weekly mail: answers owed first; enterprises masked until an officer introduces them."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from crm.domain import reports as words
from crm.domain.labels import N_, label
from crm.domain.matching.wording import STATUSES, Status
from crm.domain.pipeline import Light
from crm.domain.reports import Introduced, Masked, Miss, ParkPart, UnitDue
from crm.domain.sentences import Sentence
from crm.infra.config import Settings
from crm.services.access import Actor
from workers.emails.letter import Letter, NothingToSayError, Voice
from workers.emails.weekly import SIGNS, TONES, Bar, Writer, report_for

SHOWN = 8
_LISTS = ("owed", "introduced", "fresh", "misses", "stale", "leases")


def letter(
    session: Session, settings: Settings, recipient: Actor, params: Mapping[str, object], voice: Voice
) -> Letter:
    """The page of `params["week"]` for the manager of one or more parks."""
    report = report_for(session, recipient, params, words.Voice.PARK)
    if report.is_empty:
        raise NothingToSayError("nothing waits, nobody matches")
    writer, part = _Park.of(settings, recipient, voice, report), report.park
    place = writer.place(part)
    return Letter(
        template="weekly_park",
        subject=writer.subject(voice.text(N_("%(park)s周报"), park=place), writer.summary(part)),
        preheader=writer.preheader(part),
        band_right=writer.band(voice.text(N_("园区周报"))),
        context={
            **writer.shared(),
            "headline": writer.headline(part),
            "lede": writer.lede(part),
            "owed": [writer.introduced(row) for row in part.owed[:SHOWN]],
            "introduced": [writer.introduced(row) for row in part.introduced[:SHOWN]],
            "fresh": [writer.masked(row) for row in part.fresh[:SHOWN]],
            "misses": [writer.miss(row) for row in part.misses[:SHOWN]],
            "stale": [writer.stale(row) for row in part.stale[:SHOWN]],
            "leases": [writer.lease(row) for row in part.leases[:SHOWN]],
            "areas": writer.areas(part),
            "counts": {name: len(getattr(part, name)) for name in _LISTS},
            "place": place,
            "park_url": writer.park_url(part),
            "receives": voice.text(
                N_(
                    "您是%(park)s管理员，只含与本园区有关的企业。企业名称在推介后可见，联系方式由专员放行后在系统内可见，每次查看留痕。"
                ),
                park=place,
            ),
        },
        is_demo=report.is_demo,
    )


class _Park(Writer):
    """Words of the park managers' page."""

    __slots__ = ()

    def place(self, part: ParkPart) -> str:
        names = [name.split("（")[0] for name in part.parks.values()]
        return names[0] if len(names) == 1 else self.say(N_("%(count)d 个园区"), count=len(names))

    def park_url(self, part: ParkPart) -> str:
        return self.links.park(next(iter(part.parks))) if len(part.parks) == 1 else self.links.desk()

    def headline(self, part: ParkPart) -> str:
        values = {"name": self.name, "park": self.place(part)}
        if part.owed:
            return self.say(N_("%(name)s，%(count)d 家企业在等%(park)s答复"), count=len(part.owed), **values)
        if part.stale:
            return self.say(N_("%(name)s，请重新核验 %(count)d 个单元"), name=self.name, count=len(part.stale))
        if part.fresh:
            return self.say(N_("%(name)s，%(count)d 家企业新匹配到%(park)s"), count=len(part.fresh), **values)
        return self.say(N_("%(name)s，本周没有要答复的推介"), name=self.name)

    def summary(self, part: ParkPart) -> str:
        counted = (
            (len(part.owed), N_("%(count)d 家推介等您答复")),
            (len(part.fresh), N_("%(count)d 家新匹配")),
            (len(part.misses), N_("%(count)d 家只差一点")),
            (len(part.stale), N_("%(count)d 个单元待核验")),
            (len(part.leases), N_("%(count)d 份租约将到期")),
        )
        parts = [self.say(text, count=count) for count, text in counted if count]
        return self.listed(parts[:3]) or self.say(N_("本周推介 %(count)d 家"), count=len(part.introduced))

    def lede(self, part: ParkPart) -> str:
        if part.owed:
            first = max(part.owed, key=lambda row: row.waited_days)
            text = N_("%(name)s已等 %(days)d 个工作日。3 个工作日转黄，5 个转红。")
            return self.say(text, name=first.name, days=first.waited_days)
        return self.say(N_("没有欠着的答复。本周%(summary)s。"), summary=self.summary(part))

    def preheader(self, part: ParkPart) -> str:
        if part.owed:
            names = self.say(N_("、")).join(row.name for row in part.owed[:3])
            return self.say(N_("请先答复：%(names)s。"), names=names)
        return self.summary(part)

    def introduced(self, row: Introduced) -> dict[str, object]:
        what = [row.segment, self._tier(row.tier), self.voice.say(row.need), row.unit]
        sent = self.say(N_("%(person)s %(day)s推介"), person=row.sent_by, day=self.voice.day(row.sent_on))
        waited = self.say(N_("等了 %(days)d 个工作日"), days=row.waited_days)
        return {
            "name": row.name,
            "url": self.links.introduction(row.introduction_id) if row.introduction_id else None,
            "what": self.listed(part for part in what if part),
            "sent": sent,
            "mark": f"{SIGNS[row.light]} {waited}",
            "tone": TONES[row.light],
            "state": self.voice.say(row.state),
        }

    def _tier(self, tier: Sentence | None) -> str:
        return self.voice.say(tier) if tier else self.say(N_("层级未知"))

    def _who(self, row: Masked | Miss) -> str:
        segment = row.segment
        who = self.say(N_("某%(segment)s企业"), segment=segment) if segment else self.say(N_("某企业（环节未知）"))
        return self.listed([who, self._tier(row.tier)])

    def masked(self, row: Masked) -> dict[str, object]:
        sure = row.status == Status.FIT.value
        return {
            "who": self._who(row),
            "unit": self.say(N_("可用 %(unit)s"), unit=row.unit),
            "remarks": self.say(N_("；")).join(self.voice.say(remark) for remark in row.remarks),
            "mark": f"{'✓' if sure else '?'} {self.say(STATUSES[Status(row.status)])}",
            "tone": "grn" if sure else "amb",
        }

    def miss(self, row: Miss) -> dict[str, object]:
        values = {
            "what": self.voice.say(row.constraint),
            "offered": self.voice.say(row.offered),
            "needed": self.voice.say(row.needed),
        }
        return {
            "who": self._who(row),
            "unit": row.unit,
            "gap": self.say(N_("%(what)s：现有 %(offered)s，需要 %(needed)s"), **values),
            "change": self.voice.say(row.change),
        }

    def _unit(self, row: UnitDue, part: str = "") -> dict[str, object]:
        area = f"{row.area_m2:,} ㎡" if row.area_m2 is not None else self.say(N_("面积未知"))
        return {"name": row.name, "what": self.listed([area, part]), "is_demo": row.is_demo}

    def stale(self, row: UnitDue) -> dict[str, object]:
        mark = self.say(N_("从未核验")) if row.days is None else self.say(N_("%(days)d 天前"), days=row.days)
        return self._unit(row) | {"mark": f"{SIGNS[Light.YELLOW]} {mark}", "tone": "amb"}

    def lease(self, row: UnitDue) -> dict[str, object]:
        ends = self.say(N_("%(day)s 到期"), day=row.day.isoformat() if row.day else "")
        mark = self.say(N_("剩 %(days)d 天"), days=row.days or 0)
        return self._unit(row, ends) | {"mark": f"{SIGNS[row.light]} {mark}", "tone": TONES[row.light]}

    def areas(self, part: ParkPart) -> list[Bar]:
        total = sum(area.m2 for area in part.areas)
        rows = []
        for area in part.areas:
            share = f"{area.m2 * 100 / total:.1f}%" if total else ""
            unknown = self.say(N_("%(count)d 个单元面积未知"), count=area.without_area) if area.without_area else ""
            rows.append((self.say(label(area.status)), area.m2, f"{area.m2:,}", "㎡", self.listed([share, unknown])))
        return self.bars(rows)
