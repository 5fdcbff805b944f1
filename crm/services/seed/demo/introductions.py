"""示例 introductions in all states, with their events, and the notices that they would have made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from crm.domain.introductions import IntroductionState
from crm.domain.pipeline import LossReason, UnmetRequirement
from crm.domain.space import Tenure
from crm.models import Introduction, Notice, Offer, Park
from crm.services import timeline
from crm.services.access import Actor
from crm.services.matching import MatchView
from crm.services.seed.demo.dates import Dates
from crm.services.seed.demo.files import Sent
from crm.services.seed.demo.leads import Told
from crm.services.seed.demo.people import People
from crm.services.seed.upsert import Tally

#: Working days after which people have read what they were told.
READ_AFTER = 4
_EVENTS = {
    IntroductionState.VIEWING: "introduction.viewing",
    IntroductionState.ACCEPTED: "introduction.accepted",
    IntroductionState.DECLINED: "introduction.declined",
    IntroductionState.WITHDRAWN: "introduction.withdrawn",
}


def store_introductions(
    session: Session,
    tally: Tally,
    people: People,
    dates: Dates,
    told: Told,
    offers: Mapping[str, list[Offer]],
    view: MatchView | None,
) -> None:
    for sent in told.story.sent:
        choices = offers.get(sent.offer)
        if choices is None:
            tally.notes.append(f"no offer '{sent.offer}' in this district: its introduction is left out")
            continue
        tenure = told.lead.tenure or Tenure.RENT
        offer = next((each for each in choices if each.tenure is tenure), choices[0])
        sender = people.actors[sent.by] if sent.by else told.owner
        _store(session, tally, people, dates, told, sent, offer, sender, view)


def _store(
    session: Session,
    tally: Tally,
    people: People,
    dates: Dates,
    told: Told,
    sent: Sent,
    offer: Offer,
    sender: Actor,
    view: MatchView | None,
) -> None:
    state = IntroductionState(sent.answer)
    sent_at = dates.past(sent.days, sent.at, after=told.received)
    introduction = Introduction(
        lead_id=told.lead.id,
        park_id=offer.park_id,
        offer_id=offer.id,
        state=state,
        sent_by_id=sender.id,
        sent_at=sent_at,
        created_at=sent_at,
        message=sent.message,
        match=_frozen(view, offer.id),
        viewing_at=dates.due(*sent.viewing) if sent.viewing else None,
        is_demo=True,
    )
    session.add(introduction)
    session.flush()
    tally.added["introduction"] += 1
    if state is IntroductionState.RECOMMENDED:
        return
    steps = _Steps(session, people, dates, told, introduction, sender, session.get(Park, offer.park_id))
    steps.sent(sent)
    if state in _EVENTS:
        steps.answered(sent, state)


class _Steps:
    """The events of one introduction: timeline, and a notice to whom it concerns."""

    def __init__(
        self,
        session: Session,
        people: People,
        dates: Dates,
        told: Told,
        introduction: Introduction,
        sender: Actor,
        park: Park,
    ) -> None:
        self.session, self.people, self.dates, self.told = session, people, dates, told
        self.introduction, self.sender, self.park = introduction, sender, park

    def sent(self, sent: Sent) -> None:
        managers = [manager.id for manager in self.people.managers.get(self.park.id, ())]
        at = self.introduction.sent_at
        self._note(self.sender, "introduction.sent", at, message=sent.message)
        self._tell(managers, "introduction.sent", at)
        if sent.release is not None:
            released = self.dates.past(sent.release, "17:40", after=at)
            self.introduction.contact_released_at = released
            self.introduction.contact_released_by_id = self.sender.id
            self._note(self.sender, "introduction.contact_released", released)
            self._tell(managers, "introduction.contact_released", released)

    def answered(self, sent: Sent, state: IntroductionState) -> None:
        """The park's answer, or the officer's withdrawal."""
        introduction = self.introduction
        at = self.dates.past(sent.answered or 0, sent.answer_at, after=introduction.sent_at)
        withdrawn = state is IntroductionState.WITHDRAWN
        manager = self.sender if withdrawn else self.people.manager_of(self.park.id)
        introduction.answer_note = sent.note
        params: dict[str, object] = {"note": sent.note or ""}
        if state is IntroductionState.VIEWING:
            params["viewing_at"] = introduction.viewing_at.isoformat() if introduction.viewing_at else ""
        elif not withdrawn:
            introduction.answered_at = at
            introduction.answered_by_id = manager.id if manager else None
        if state is IntroductionState.DECLINED:
            introduction.decline_reason = LossReason(sent.reason)
            introduction.unmet_requirement = UnmetRequirement(sent.requirement) if sent.requirement else None
            introduction.unmet_value = sent.value
            params |= {"reason": sent.reason, "requirement": sent.requirement, "value": sent.value}
        self._note(manager, _EVENTS[state], at, **params)
        officers = {self.sender.id, self.told.lead.owner_id} - {None}
        managers = [each.id for each in self.people.managers.get(self.park.id, ())]
        self._tell(managers if withdrawn else officers, _EVENTS[state], at)

    def _note(self, actor: Actor | None, kind: str, at: datetime, **params: object) -> None:
        timeline.note(
            self.session,
            actor,
            kind,
            self.told.lead,
            at=at,
            park_id=self.park.id,
            introduction_id=self.introduction.id,
            park=self.park.name,
            **params,
        )

    def _tell(self, person_ids: Iterable[int], kind: str, at: datetime) -> None:
        is_old = at < self.dates.past(READ_AFTER, "00:00")
        for person_id in person_ids:
            self.session.add(
                Notice(
                    person_id=person_id,
                    kind=kind,
                    key=f"{kind}:{self.introduction.id}:1",
                    params={"park": self.park.name},
                    subject_kind="introduction",
                    subject_id=self.introduction.id,
                    created_at=at,
                    read_at=at + timedelta(hours=2) if is_old else None,
                    is_demo=True,
                )
            )


def _frozen(view: MatchView | None, offer_id: int) -> dict[str, object] | None:
    """The match as it stands, in the form that `services.introductions` keeps with an introduction."""
    row = next((row for row in view.rows if row.place.offer_id == offer_id), None) if view else None
    if row is None or view is None:
        return None
    return {
        "status": row.match.status.value,
        "low": row.match.low,
        "high": row.match.high,
        "rank": row.rank,
        "parts": {part.criterion.value: [part.points_low, part.points_high] for part in row.match.parts},
        "unknown": [constraint.value for constraint in row.match.unknown],
        "weights_version": view.ranking.version,
    }
