"""Reading a pasted message with what the product knows: its segments, its platforms, and the reader's own people."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain import paste
from crm.domain.access import Permission
from crm.domain.contacts import mask_email, mask_phone
from crm.domain.enterprises.uscc import is_valid
from crm.domain.paste import Guess, Reading, Term
from crm.domain.paste.people import emails, phones
from crm.domain.paste.prepare import prepare
from crm.infra.clock import today
from crm.models import Person, Platform
from crm.services import access, segments
from crm.services.access import Actor


def read_message(session: Session, actor: Actor, text: str) -> Reading:
    """What a message says of a lead. Invalid("pasted") for text that is too long or holds control characters."""
    access.require(actor, Permission.LEADS_CREATE)
    if not text.strip():
        return Reading("")
    return paste.read(
        text,
        today=today(),
        segments=lambda spoken: _guesses(session, spoken),
        platforms=_platforms(session),
        known_people=session.scalars(select(Person.name).where(Person.section_id == actor.section_id)).all(),
    )


def _guesses(session: Session, text: str) -> list[Guess]:
    """What the chain maps say to a message; only words that are words of a segment count here."""
    return [
        Guess(str(idea.row.id), idea.row.name, idea.row.chain.name, idea.words[: idea.whole], idea.strength)
        for idea in segments.suggested(session, text)
    ]


def _platforms(session: Session) -> list[Term]:
    """People leave out what kind of place it is: 白鹅潭 for 白鹅潭商务区."""
    rows = session.execute(select(Platform.key, Platform.name).order_by(Platform.id))
    return [Term(key, name, _short(name)) for key, name in rows]


def _short(name: str) -> tuple[str, ...]:
    for kind in ("商务区", "科创区", "创新区", "文商旅活力区", "活力区", "产业园", "片区"):
        if name.endswith(kind) and len(name) - len(kind) >= 3:
            return (name.removesuffix(kind),)
    return ()


#: Numbers of identity cards and bank accounts.
_PERSONAL = re.compile(r"(?<![0-9a-z])[0-9](?:[ -]?[0-9]){13,17}[ -]?[0-9x](?![0-9a-z])")


def masked(text: str) -> str:
    """The message with phones, mail addresses, identity cards and bank accounts masked.

    Contacts are shown by the contact only, which leaves a trace; the other numbers are nobody's business here.
    """
    message = prepare(text, with_history=True)
    found = [(each.start, each.end, mask_phone(each.value)) for each in phones(message, everywhere=True)]
    found += [(each.start, each.end, mask_email(each.value)) for each in emails(message)]
    found += [
        (*each.span(), "****" + re.sub("[ -]", "", each[0])[-4:])
        for each in _PERSONAL.finditer(message.plain)
        if not is_valid(each[0])
    ]
    shown, at = [], 0
    for start, end, stars in sorted(found):
        if start >= at:
            shown += [text[at:start], stars]
            at = end
    return "".join([*shown, text[at:]])
