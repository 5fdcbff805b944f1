"""`python -m crm user …`: accounts and one-time links. There is no default password anywhere."""

from __future__ import annotations

import click

from crm.cli import session
from crm.domain.access import Role
from crm.domain.errors import DomainError
from crm.services import accounts, people
from crm.services.people import PersonFacts


@click.group()
def user() -> None:
    """Create accounts; each gets a link that sets its password once."""


def _link(token: str) -> str:
    return f"{session.settings().public_url.rstrip('/')}/crm/link/{token}"


@user.command()
@click.argument("login")
@click.option("--name", required=True, help="Shown name.")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--section", help="Section by key or name; made if there is none. Needed for officers and chiefs.")
@click.option("--park", "parks", multiple=True, help="Park by key or name, for a park manager; may be repeated.")
@click.option("--email", default="", help="Where digests and weekly mails go.")
def create(login: str, name: str, role: str, section: str | None, parks: tuple[str, ...], email: str) -> None:
    """Add an account and print its one-time link."""
    try:
        with session.database().writing() as opened:
            facts = PersonFacts(
                name=name,
                email=email,
                role=Role(role),
                section_id=people.make_section(opened, section, section).id if section else None,
                park_ids=frozenset(people.park_by_key(opened, park).id for park in parks),
            )
            person, token = people.create(opened, None, login, facts)
            shown = person.login
    except DomainError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{shown}: open this link once within {accounts.LINK_DAYS} days and set a password\n{_link(token)}")


@user.command()
@click.argument("login")
def link(login: str) -> None:
    """Print a new one-time link for an account."""
    try:
        with session.database().writing() as opened:
            token = people.new_link(opened, None, people.by_login(opened, login).id)[1]
    except DomainError as error:
        raise click.ClickException(str(error)) from None
    click.echo(_link(token))


@user.command("list")
def show() -> None:
    """Print all accounts."""
    with session.database().reading() as opened:
        for person in people.everybody(opened):
            state = "" if person.is_active else " (closed)"
            click.echo(f"{person.login:24} {person.role.value:14} {person.name}{state}")


@user.command()
@click.argument("login")
def disable(login: str) -> None:
    """Close an account: it cannot sign in and gets no mail; its history stays."""
    _set_active(login, False)


@user.command()
@click.argument("login")
def enable(login: str) -> None:
    """Open a closed account again."""
    _set_active(login, True)


def _set_active(login: str, active: bool) -> None:
    try:
        with session.database().writing() as opened:
            people.set_active(opened, None, people.by_login(opened, login).id, active=active)
    except DomainError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{login}: {'open' if active else 'closed'}")
