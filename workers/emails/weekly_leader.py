"""The leaders' weekly mail, one page: decisions first, then what moved, what stands where, the year, the chains."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from crm.domain import reports as words
from crm.domain.labels import N_, label
from crm.domain.reports import MOVEMENT_WORDS, ChainState, LeaderPart, Movement, RedItem
from crm.infra.config import Settings
from crm.services.access import Actor
from workers.emails.letter import Letter, Voice
from workers.emails.weekly import Bar, Writer, report_for

#: Decisions on the page; the report has the rest.
DECISIONS = 5
LOSSES = 3
#: Chains on the page, those that moved first.
CHAINS = 6


def letter(
    session: Session, settings: Settings, recipient: Actor, params: Mapping[str, object], voice: Voice
) -> Letter:
    """The page of `params["week"]` for a leader."""
    report = report_for(session, recipient, params, words.Voice.LEADER)
    writer, part = _Leader.of(settings, recipient, voice, report), report.leader
    title = voice.text(N_("招商周报"))
    summary = writer.listed([writer.moved_line(part, (Movement.SIGNED, Movement.RESERVE)), writer.asks(part)])
    return Letter(
        template="weekly_leader",
        subject=writer.subject(title, summary),
        preheader=writer.preheader(part),
        band_right=writer.band(title),
        context={
            **writer.shared(),
            "headline": writer.headline(part),
            "lede": writer.lede(part),
            "decisions": [writer.decision(red) for red in part.reds[:DECISIONS]],
            "decisions_count": len(part.reds),
            "moved": [writer.moved(part, movement) for movement in Movement],
            "span": writer.span(),
            "losses": writer.losses(part),
            "lead_line": writer.leads(part),
            "batches": writer.batches(part),
            "batches_note": writer.batches_note(part),
            "year": writer.year(part),
            "targets_line": writer.targets(part),
            **writer.chains(part),
        },
        is_demo=report.is_demo,
    )


class _Leader(Writer):
    """Words of the leaders' page."""

    __slots__ = ()

    def asks(self, part: LeaderPart) -> str:
        count = len(part.reds)
        return self.say(N_("%(count)d 件事请您决定"), count=count) if count else self.say(N_("没有要您决定的事"))

    def headline(self, part: LeaderPart) -> str:
        return self.say(N_("%(name)s，%(what)s"), name=self.name, what=self.asks(part))

    def moved_line(self, part: LeaderPart, movements: tuple[Movement, ...] = tuple(Movement)) -> str:
        """签约 2 项 2.80 亿元，流失 1 项: only what happened."""
        parts = []
        for movement in movements:
            flow = part.flow(movement)
            if flow.count:
                word, amount = self.say(MOVEMENT_WORDS[movement]), self.money(flow.amount_fen)
                parts.append(
                    self.say(N_("%(word)s %(count)d 项 %(amount)s"), word=word, count=flow.count, amount=amount)
                )
        return self.listed(parts) or self.say(N_("没有项目变动"))

    def lede(self, part: LeaderPart) -> str:
        year = part.year
        moved = self.say(N_("本周%(moved)s。"), moved=self.moved_line(part))
        if year.done_per_mille is None:
            values = {"count": year.signed, "amount": self.money(year.signed_fen) if year.signed else "–"}
            return moved + self.say(N_("今年签约 %(count)d 项 %(amount)s；年度目标未录入。"), **values)
        behind = year.behind_fen or 0
        less, more = N_("年度签约完成 %(done)s，比时序少 %(gap)s。"), N_("年度签约完成 %(done)s，比时序多 %(gap)s。")
        text = less if behind > 0 else more
        return moved + self.say(text, done=self.percent(year.done_per_mille), gap=self.money(abs(behind)))

    def preheader(self, part: LeaderPart) -> str:
        names = self.say(N_("、")).join(red.name for red in part.reds[:3])
        return f"{names}{self.say(N_('。'))}{self.leads(part)}" if names else self.leads(part)

    def decision(self, red: RedItem) -> dict[str, object]:
        of_lead = self.links.lead(red.lead_id) if red.lead_id else None
        url = self.links.project(red.project_id) if red.project_id else of_lead
        owner = self.say(N_("负责人 %(name)s"), name=red.owner_name) if red.owner_name else self.say(N_("无人负责"))
        return {
            "name": red.name,
            # A matter of a chain is no deal: it has no amount that anybody could have entered.
            "amount": self.money(red.amount_fen) if red.project_id or red.lead_id else "",
            "why": self.voice.say(red.why),
            "owner": owner,
            "decision": self.voice.say(red.decision),
            "url": url,
        }

    def moved(self, part: LeaderPart, movement: Movement) -> dict[str, object]:
        flow = part.flow(movement)
        missing = self.say(N_("%(count)d 项无金额"), count=flow.without_amount) if flow.without_amount else ""
        return {
            "label": self.say(MOVEMENT_WORDS[movement]),
            "count": flow.count,
            "tone": "red" if movement is Movement.LOST and flow.count else "pri" if flow.count else "mut",
            "amount": (missing or "–") if flow.amount_fen is None else self.money(flow.amount_fen),
            "missing": missing if flow.amount_fen is not None else "",
            "before": self.say(N_("上周 %(count)d 项"), count=flow.previous),
        }

    def losses(self, part: LeaderPart) -> list[str]:
        lost = part.flow(Movement.LOST).projects
        lines = []
        for project in lost[:LOSSES]:
            why = self.voice.say(project.why) if project.why else self.say(N_("没有写明原因"))
            lines.append(self.say(N_("流失：%(name)s，%(why)s"), name=project.name, why=why))
        return lines

    def leads(self, part: LeaderPart) -> str:
        counts = part.counts
        return self.say(
            N_(
                "线索：新登记 %(logged)d 条（上周 %(before)d 条），筛查有效 %(valid)d 条；"
                "推介 %(introduced)d 次，愿接待 %(accepted)d 次，不合适 %(declined)d 次。"
            ),
            logged=counts.logged,
            before=counts.logged_before,
            valid=counts.valid,
            introduced=counts.introduced,
            accepted=counts.accepted,
            declined=counts.declined,
        )

    def batches_note(self, part: LeaderPart) -> str:
        note = self.say(N_("存量，截至 %(day)s 24:00"), day=self.last_moment())
        missing = sum(stock.without_amount for stock in part.stock)
        return self.listed([note, self.say(N_("%(count)d 项无金额"), count=missing) if missing else ""])

    def batches(self, part: LeaderPart) -> list[Bar]:
        by_amount = all(stock.amount_fen is not None for stock in part.stock if stock.count)
        rows = []
        for stock in part.stock:
            size = (stock.amount_fen or 0) if by_amount else stock.count
            amount = self.money(stock.amount_fen) if stock.count else ""
            rows.append((self.say(label(stock.batch)), size, str(stock.count), self.say(N_("项")), amount))
        return self.bars(rows)

    def year(self, part: LeaderPart) -> dict[str, object]:
        year = part.year
        done = year.done_per_mille
        behind = max(0, year.behind_fen or 0)
        shown = min(1000, done or 0)
        gap = min(1000 - shown, behind * 1000 // year.target_fen) if year.target_fen else 0
        signed_words = {"count": year.signed, "amount": self.money(year.signed_fen) if year.signed else "–"}
        return {
            "title": self.say(N_("%(year)d 年签约进度"), year=year.year),
            "known": done is not None,
            "done": shown / 10,
            "gap": gap / 10,
            "rest": (1000 - shown - gap) / 10,
            "blocks": words.text_bar(shown // 10),
            "signed": self.say(N_("已签约 %(count)d 项 %(amount)s"), **signed_words),
            "done_words": self.say(N_("完成 %(done)s"), done=self.percent(done)) if done is not None else "",
            "behind": self.say(N_("落后时序 %(gap)s"), gap=self.money(behind))
            if behind
            else self.say(N_("未落后时序")),
            "target": self.say(N_("年度目标 %(amount)s"), amount=self.money(year.target_fen))
            if done is not None
            else "",
            "passed": self.say(N_("今年已过 %(share)s"), share=self.percent(year.passed_per_mille)),
            "missing": self.say(N_("%(count)d 项无金额"), count=year.without_amount) if year.without_amount else "",
        }

    def targets(self, part: LeaderPart) -> str:
        """The source's own targets: it gives no baselines, so what is not entered is said to be so [S 二]."""
        named = [target for target in part.targets if target.value is not None]
        if not named:
            return ""
        missing = sum(target.baseline is None for target in named)
        values = {"year": named[0].year, "count": len(named), "missing": missing, "section": named[0].section}
        return self.say(
            N_("%(year)d 年区定目标 %(count)d 项（出处 %(section)s）：原文未给基线，%(missing)d 项基线与现值未录入。"),
            **values,
        )

    def _segments(self, msgid: str, names: tuple[str, ...]) -> str:
        return self.say(msgid, names=self.say(N_("、")).join(names)) if names else ""

    def chains(self, part: LeaderPart) -> dict[str, object]:
        """Chains that the week changed, then those with the most open gaps; the rest in one sentence."""
        placed, segments = sum(c.placed for c in part.chains), sum(c.segments for c in part.chains)
        note = self.say(N_("已落位 %(placed)d / %(all)d 个环节"), placed=placed, all=segments)
        closed = sum(len(chain.closed) for chain in part.chains)
        opened = sum(len(chain.opened) for chain in part.chains)
        if closed or opened:
            note = self.listed(
                [self.say(N_("本周 %(closed)d 个缺环好转，新缺 %(opened)d 个"), closed=closed, opened=opened), note]
            )
        ranked = sorted(part.chains, key=lambda chain: (not chain.moved, -chain.open_gaps))
        shown = [chain for chain in ranked[:CHAINS] if len(part.chains) <= CHAINS or chain.moved or chain.open_gaps]
        return {
            "chains_note": note,
            "chains": [self._chain(chain) for chain in shown],
            "chains_more": self.say(N_("另有 %(count)d 条链本周没有变化。"), count=len(part.chains) - len(shown))
            if len(shown) < len(part.chains)
            else "",
            "unknown_words": self.say(
                N_("%(count)d 个环节还没人查清，不计入缺环"), count=sum(chain.unknown for chain in part.chains)
            ),
        }

    def _chain(self, chain: ChainState) -> dict[str, object]:
        values = {"placed": chain.placed, "unknown": chain.unknown, "missing": chain.open_gaps}
        known = N_("已落位 %(placed)d，缺 %(missing)d，未摸清 %(unknown)d")
        return {
            "name": self.named(chain.name, chain.name_en),
            "url": self.links.chain(chain.key),
            "words": self.say(
                N_("已落位 %(placed)d，未摸清 %(unknown)d") if chain.statuses is None else known, **values
            ),
            "closed": self._segments(N_("缺环好转：%(names)s"), tuple(self.gap(move) for move in chain.closed)),
            "opened": self._segments(N_("新出现缺环：%(names)s"), tuple(self.gap(move) for move in chain.opened)),
            "newly": self._segments(N_("本周落位：%(names)s"), chain.newly),
            "aimed": self._segments(N_("本周有项目对应：%(names)s"), chain.aimed),
        }
