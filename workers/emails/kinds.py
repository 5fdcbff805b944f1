"""Every kind of mail, by the word that the outbox stores. A new kind is one line here and one module beside it.

Each function is `(session, settings, recipient, params, voice) -> Letter`; it reads, never writes, and raises
NothingToSayError when there is no reason to send any more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy.orm import Session

from crm.infra.config import Settings
from crm.services.access import Actor
from workers.emails import daily, weekly_leader, weekly_officer, weekly_park
from workers.emails.letter import Letter, Voice

KindFunction = Callable[[Session, Settings, Actor, Mapping[str, object], Voice], Letter]

KINDS: dict[str, KindFunction] = {
    "daily_digest": daily.letter,
    "weekly_leader": weekly_leader.letter,
    "weekly_officer": weekly_officer.letter,
    "weekly_park": weekly_park.letter,
}
