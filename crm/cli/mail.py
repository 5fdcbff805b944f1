"""`python -m crm mail …`: planning and delivery without a broker, and the outbox by hand."""

from __future__ import annotations

from collections.abc import Callable

import click
from sqlalchemy.orm import Session

from crm.cli.mail_preview import gallery, weekly
from crm.cli.session import database, settings
from crm.infra.clock import SHANGHAI
from crm.services import outbox, reminders, reports
from workers.emails.deliver import deliver_due


@click.group()
def mail() -> None:
    """Mail: plan, deliver, look at the outbox."""


mail.add_command(weekly)
mail.add_command(gallery)


@mail.command("run-once")
@click.option("--limit", default=1000, show_default=True, help="Most mails that are sent.")
def run_once(limit: int) -> None:
    """Plan reminders, digests and weekly mails, then deliver what is due. Works without Redis and beside running workers."""
    configured, opened = settings(), database()
    with opened.writing() as session:
        planned = reminders.plan(session, configured.mail_from.rpartition("@")[2])
        weekly_mails = reports.plan_weekly(session, configured)
    click.echo(
        f"planned: {planned.begun} reminders begun, {planned.ended} ended, {planned.told} notices, "
        f"{planned.mails + weekly_mails} mails"
    )
    counts = deliver_due(opened, configured, limit)
    click.echo(
        f"delivered: {counts.sent} sent, {counts.again} to be tried again, {counts.failed} failed, "
        f"{counts.held} held, {counts.expired} expired, {counts.in_doubt} in doubt"
    )
    if configured.smtp_host is None and counts.sent:
        click.echo(f"no SMTP relay is set: mails are files in {configured.mail_dir}")
    raise SystemExit(1 if counts.failed else 0)


@mail.command()
def status() -> None:
    """Say how many mails are in each state, and since when the oldest due one waits."""
    with database().reading() as session:
        found = outbox.status(session)
    for state, number in found.counts.items():
        click.echo(f"{state.value:9} {number}")
    oldest = f"{found.oldest_due.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if found.oldest_due else "none"
    click.echo(f"due now   {found.due} (oldest: {oldest})")


@mail.command()
@click.argument("mail_id", type=int)
def retry(mail_id: int) -> None:
    """Send a failed, held or expired mail at the next opportunity."""
    _by_hand(outbox.retry, mail_id, "will be tried again")


@mail.command()
@click.argument("mail_id", type=int)
def hold(mail_id: int) -> None:
    """Keep a waiting mail from being sent."""
    _by_hand(outbox.hold, mail_id, "is held")


@mail.command()
@click.argument("mail_id", type=int)
def release(mail_id: int) -> None:
    """Let a held mail go."""
    _by_hand(outbox.release, mail_id, "is released")


def _by_hand(act: Callable[[Session, int], bool], mail_id: int, outcome: str) -> None:
    with database().writing() as session:
        done = act(session, mail_id)
    if not done:
        raise click.ClickException(f"There is no mail {mail_id} in a state that allows this; see `mail status`.")
    click.echo(f"mail {mail_id} {outcome}")
