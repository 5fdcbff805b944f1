"""Delivery: the steps of one conversation, what each failure means, files, and mails that trouble nobody else."""

from __future__ import annotations

import email
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default as modern
from threading import Thread

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

from crm.domain.delivery import Resolve
from crm.infra import valkey
from crm.infra.clock import now
from crm.infra.config import Settings, load_settings
from crm.infra.db import Database
from crm.models import OutboxMail, Person
from crm.services import outbox
from tests.cast import make_cast
from workers.emails import kinds
from workers.emails.deliver import Counts, deliver_due
from workers.emails.letter import Letter, NothingToSayError
from workers.emails.render import render
from workers.emails.transports import DoubtError, FileTransport, RefusedError, SmtpTransport, UnreachableError


def _test_kind(session, settings, recipient, params, voice) -> Letter:
    """A kind that says what its parameters tell it to, in the templates of the daily digest's frame."""
    if params.get("broken"):
        raise ValueError("张三丰 13800000000 must not reach the log of errors")
    if params.get("nothing"):
        raise NothingToSayError("all is done")
    return Letter("test", f"给{recipient.name}的信", "先看这里", "今天", {})


@pytest.fixture(autouse=True)
def test_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    from jinja2 import ChoiceLoader, DictLoader

    from workers.emails import render as module

    monkeypatch.setitem(kinds.KINDS, "test", _test_kind)
    environment = module._environment()
    page = '{% extends "base.html" %}{% block headline %}{{ subject }}{% endblock %}'
    extra = DictLoader({"test.html": page, "test.txt": "{{ subject }}"})
    monkeypatch.setattr(environment, "loader", ChoiceLoader([environment.loader, extra]))


def put(database: Database, *people: str, resolve: Resolve = Resolve.RESEND, **params: object) -> list[int]:
    """Plan one mail to each login; returns their ids in order."""
    with database.writing() as session:
        if session.scalar(select(Person.id).limit(1)) is None:
            make_cast(session)
        ids = []
        for login in people:
            person = session.scalar(select(Person.id).where(Person.login == login))
            period = f"{login}-{len(list(session.scalars(select(OutboxMail.id))))}"
            mail = outbox.Planned(
                recipient_id=person, kind="test", period=period, params=params, at=now(), resolve=resolve
            )
            outbox.put(session, [mail], "example.org")
            ids.append(session.scalar(select(OutboxMail.id).where(OutboxMail.period == period)))
        return ids


def states(database: Database) -> dict[int, str]:
    with database.reading() as session:
        return {mail.id: mail.state for mail in session.scalars(select(OutboxMail))}


def error_of(database: Database, mail_id: int) -> str | None:
    with database.reading() as session:
        return session.scalar(select(OutboxMail.last_error).where(OutboxMail.id == mail_id))


class Line:
    """A conversation whose behaviour the test decides, one step at a time."""

    def __init__(self, transport: Script) -> None:
        self.transport = transport

    def address(self, sender: str, recipient: str) -> None:
        self.transport.recipient = recipient
        self.transport.steps.append("address")
        if problem := self.transport.at_address.get(recipient.split("@")[0]):
            raise problem

    def text(self, message: EmailMessage) -> None:
        self.transport.steps.append("text")
        if self.transport.before_answer:
            self.transport.before_answer()
        if problem := self.transport.at_text:
            raise problem
        self.transport.taken.append(message)


class Script:
    """A transport that does as it is told and remembers what it took."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.steps: list[str] = []
        self.at_address: dict[str, Exception] = {}
        self.at_text: Exception | None = None
        self.at_open: Exception | None = None
        self.found: bool | None = None
        self.before_answer = None
        self.recipient = ""

    def open(self) -> Line:
        if self.at_open:
            raise self.at_open
        return Line(self)

    def close(self, line: Line) -> None:
        self.steps.append("close")

    def evidence(self, message_id: str) -> bool | None:
        return self.found


def let_leases_end(database: Database) -> None:
    with database.writing() as session:
        for mail in session.scalars(select(OutboxMail).where(OutboxMail.lease_until.is_not(None))):
            mail.lease_until = now() - timedelta(seconds=1)


def test_a_mail_is_in_doubt_exactly_while_its_text_is_on_its_way(database: Database, settings: Settings) -> None:
    (mail_id,) = put(database, "officer")
    script = Script()
    seen: list[str] = []
    script.before_answer = lambda: seen.append(states(database)[mail_id])
    assert deliver_due(database, settings, transport=script).sent == 1
    assert seen == ["in_doubt"]
    assert script.steps == ["address", "text", "close"]
    assert states(database) == {mail_id: "sent"}


def test_a_bad_recipient_fails_and_delays_nobody(database: Database, settings: Settings) -> None:
    bad, good, later = put(database, "officer", "chief", "leader")
    script = Script()
    script.at_address = {"officer": RefusedError(550), "leader": RefusedError(451)}
    counts = deliver_due(database, settings, transport=script)
    assert (counts.sent, counts.failed, counts.again) == (1, 1, 1)
    assert states(database) == {bad: "failed", good: "sent", later: "pending"}
    assert error_of(database, bad) == "the server answered 550"


def test_a_mail_that_cannot_be_rendered_delays_nobody_and_leaks_nothing(database: Database, settings: Settings) -> None:
    (broken,) = put(database, "officer", broken=True)
    (good,) = put(database, "chief")
    assert deliver_due(database, settings, transport=Script()).sent == 1
    assert states(database) == {broken: "pending", good: "sent"}
    assert error_of(database, broken) == "cannot be made: ValueError"


def test_a_mail_with_nothing_to_say_any_more_expires(database: Database, settings: Settings) -> None:
    (mail_id,) = put(database, "officer", nothing=True)
    script = Script()
    assert deliver_due(database, settings, transport=script).expired == 1
    assert script.steps == []
    assert error_of(database, mail_id) == "all is done"


def test_whoever_has_left_gets_nothing_and_whoever_has_no_address_is_held(
    database: Database, settings: Settings
) -> None:
    left, silent = put(database, "officer", "chief")
    with database.writing() as session:
        session.scalar(select(Person).where(Person.login == "officer")).is_active = False
        session.scalar(select(Person).where(Person.login == "chief")).email = None
    script = Script()
    deliver_due(database, settings, transport=script)
    assert states(database) == {left: "expired", silent: "held"}
    assert script.taken == []


def test_a_server_out_of_reach_ends_the_run_and_nothing_is_lost(database: Database, settings: Settings) -> None:
    put(database, "officer", "chief", "leader")
    script = Script()
    script.at_open = UnreachableError("ConnectionRefusedError")
    counts = deliver_due(database, settings, transport=script)
    assert (counts.sent, counts.again) == (0, 3)
    assert set(states(database).values()) == {"pending"}
    with database.reading() as session:
        assert sorted(session.scalars(select(OutboxMail.attempts))) == [0, 0, 1]


def test_a_broken_line_inside_data_leaves_doubt_and_the_copy_has_the_same_message_id(
    database: Database, settings: Settings
) -> None:
    (mail_id,) = put(database, "officer")
    script = Script()
    script.at_text = DoubtError("SMTPServerDisconnected")
    assert deliver_due(database, settings, transport=script).in_doubt == 1
    assert states(database) == {mail_id: "in_doubt"}
    script.at_text = None
    assert deliver_due(database, settings, transport=script).sent == 0
    let_leases_end(database)
    assert deliver_due(database, settings, transport=script).sent == 1
    with database.reading() as session:
        assert script.taken[0]["Message-ID"] == session.scalar(select(OutboxMail.message_id))


@pytest.mark.parametrize(("found", "state", "taken"), [(True, "sent", 0), (False, "sent", 1), (None, "held", 0)])
def test_a_doubtful_mail_is_verified_by_its_message_id(
    database: Database, settings: Settings, found: bool | None, state: str, taken: int
) -> None:
    (mail_id,) = put(database, "officer", resolve=Resolve.VERIFY)
    script = Script()
    script.at_text = DoubtError("TimeoutError")
    deliver_due(database, settings, transport=script)
    let_leases_end(database)
    script.at_text, script.found = None, found
    deliver_due(database, settings, transport=script)
    assert states(database) == {mail_id: state}
    assert len(script.taken) == taken


def test_who_lost_the_lease_does_not_send(database: Database, settings: Settings) -> None:
    (mail_id,) = put(database, "officer")
    script = Script()
    plain = Line.address

    class Slow(Line):
        def address(self, sender: str, recipient: str) -> None:
            plain(self, sender, recipient)
            let_leases_end(database)

    script.open = lambda: Slow(script)  # type: ignore[method-assign]
    counts = deliver_due(database, settings, limit=1, transport=script)
    assert counts.sent == 0
    assert script.taken == []
    assert states(database) == {mail_id: "claimed"}


def test_two_deliverers_never_send_one_mail_twice(own_database: Database, settings: Settings) -> None:
    ids = put(own_database, *["officer", "chief", "leader", "manager"] * 6)
    script = Script()
    counts: list[Counts] = []
    threads = [
        Thread(target=lambda: counts.append(deliver_due(own_database, settings, transport=script))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(count.sent for count in counts) == len(ids) == len(script.taken)
    assert len({message["Message-ID"] for message in script.taken}) == len(ids)


# ── The message ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_message_is_complete_and_survives_the_way(database: Database, settings: Settings) -> None:
    put(database, "officer")
    script = Script()
    deliver_due(database, settings, transport=script)
    message = email.message_from_bytes(script.taken[0].as_bytes(), policy=modern)
    assert message["Subject"] == "给陈思敏的信"
    assert message["To"].addresses[0].display_name == "陈思敏"
    assert message["From"].addresses[0].addr_spec == settings.mail_from
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe"] == "<http://localhost/crm/me>"
    assert message["Date"].datetime.utcoffset() == timedelta(hours=8)
    assert "\n " not in str(message["Message-ID"])
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert message.get_body(("plain",)).get_content().strip() == "给陈思敏的信"
    assert "链图招商" in message.get_body(("html",)).get_content()
    assert all(len(line) <= 200 for line in script.taken[0].as_bytes().splitlines())


def test_a_name_with_a_line_break_adds_no_header(database: Database, settings: Settings) -> None:
    (mail_id,) = put(database, "officer")
    with database.writing() as session:
        session.scalar(select(Person).where(Person.login == "officer")).name = "坏\r\nBcc: x@example.org"
    script = Script()
    deliver_due(database, settings, transport=script)
    assert script.taken == []
    assert states(database)[mail_id] == "pending"


def test_an_english_reader_gets_an_english_document(database: Database, settings: Settings) -> None:
    put(database, "officer")
    with database.writing() as session:
        session.scalar(select(Person).where(Person.login == "officer")).locale = "en"
    with database.reading() as session:
        person = session.scalar(select(Person.id).where(Person.login == "officer"))
        from crm.services.access import actor_for

        assert '<html lang="en"' in render(session, settings, "test", actor_for(session, person), {}).html


# ── Files ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_without_a_relay_mails_become_files_and_a_copy_overwrites_itself(
    database: Database, settings: Settings
) -> None:
    (mail_id,) = put(database, "officer")
    assert deliver_due(database, settings).sent == 1
    with database.writing() as session:
        mail = session.get(OutboxMail, mail_id)
        mail.state, mail.sent_at = "pending", None
    assert deliver_due(database, settings).sent == 1
    (file,) = settings.mail_dir.iterdir()
    assert file.suffix == ".eml"
    assert file.stat().st_mode & 0o077 == 0
    message = email.message_from_bytes(file.read_bytes(), policy=modern)
    assert message["Message-ID"].strip("<>").partition("@")[0] in file.name
    with database.reading() as session:
        message_id = session.scalar(select(OutboxMail.message_id))
    transport = FileTransport(settings.mail_dir)
    assert transport.evidence(message_id) is True
    assert transport.evidence("<other.1.abc@example.org>") is False


# ── A real server ────────────────────────────────────────────────────────────────────────────────────────────────────


class Moody:
    """Refuses some recipients, defers others, and may refuse the text."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:
        if address.startswith("officer"):
            return "550 no such person"
        if address.startswith("chief"):
            return "451 come back later"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server, session, envelope) -> str:
        if envelope.rcpt_tos == ["auditor@example.org"]:
            return "554 not this text"
        self.taken.append(envelope.original_content)
        return "250 taken"


@contextmanager
def smtp_server(handler: object) -> Iterator[int]:
    port = valkey.free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def relay_settings(settings: Settings, port: int) -> Settings:
    return load_settings(
        {
            "LIANTU_DATA_DIR": str(settings.data_dir),
            "LIANTU_SMTP_HOST": "127.0.0.1",
            "LIANTU_SMTP_PORT": str(port),
            "LIANTU_SMTP_SECURITY": "none",
            "LIANTU_SMTP_TIMEOUT": "5",
            "LIANTU_PUBLIC_URL": "http://localhost",
        }
    )


def test_a_real_server_refuses_defers_and_takes_over_one_line(own_database: Database, settings: Settings) -> None:
    bad, deferred, good, refused, last = put(own_database, "officer", "chief", "leader", "auditor", "manager")
    handler = Moody()
    with smtp_server(handler) as port:
        counts = deliver_due(own_database, relay_settings(settings, port))
    assert (counts.sent, counts.failed, counts.again, counts.in_doubt) == (2, 2, 1, 0)
    assert states(own_database) == {
        bad: "failed",
        deferred: "pending",
        good: "sent",
        refused: "failed",
        last: "sent",
    }
    assert len(handler.taken) == 2


def test_nobody_at_the_port_is_out_of_reach(settings: Settings) -> None:
    with pytest.raises(UnreachableError):
        SmtpTransport(relay_settings(settings, valkey.free_port())).open()


def test_a_server_that_hangs_up_inside_data_leaves_doubt(settings: Settings) -> None:
    class HangUp(Moody):
        async def handle_DATA(self, server, session, envelope) -> str:
            server.transport.abort()
            return "250 never heard"

    message = EmailMessage()
    message["Message-ID"] = "<x@example.org>"
    message.set_content("x")
    with smtp_server(HangUp()) as port:
        transport = SmtpTransport(relay_settings(settings, port))
        line = transport.open()
        line.address("a@example.org", "leader@example.org")
        with pytest.raises(DoubtError):
            line.text(message)
        transport.close(line)


def test_smtplib_still_lets_us_take_the_steps_apart() -> None:
    """We rely on these four methods of the standard library."""
    assert all(hasattr(smtplib.SMTP, name) for name in ("mail", "rcpt", "data", "rset"))
