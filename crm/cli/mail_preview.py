"""`python -m crm mail weekly | gallery`: mails made and shown, never sent.

`weekly --dry-run` prints the mail of one week as its reader would get it; `gallery` writes every kind of mail in both
languages as files, with a page that shows each at 640 and 390 pixels.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import click
from sqlalchemy.orm import Session

from crm.cli.session import database, settings
from crm.domain.calendar import IsoWeek, iso_week, parse_iso_week, previous_week
from crm.domain.errors import Invalid
from crm.domain.reports import Voice
from crm.infra.clock import today
from crm.infra.config import Settings
from crm.services import reports
from crm.services.access import Actor, actor_of
from workers.emails.kinds import KINDS
from workers.emails.letter import NothingToSayError, Rendered
from workers.emails.render import render

LOCALES = ("zh", "en")
#: Mails of one kind and language in the gallery; different people, so that empty ones do not hide full ones.
_TRIED = 12
_WEEKLY = {voice.kind: voice for voice in Voice}


@click.command()
@click.option("--week", "text", help="ISO week, e.g. 2026-W47; the last complete one unless told.")
@click.option("--dry-run", is_flag=True, help="Make the mails and show them; nothing is planned or sent.")
@click.option("--voice", type=click.Choice([voice.value for voice in Voice]), help="Only this voice.")
@click.option("--recipient", help="Only this person (sign-in name).")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Write .html and .txt files here.")
def weekly(text: str | None, dry_run: bool, voice: str | None, recipient: str | None, out: Path | None) -> None:
    """Show the weekly pipeline mails of a week (with --dry-run), or plan those that are due now."""
    configured, opened = settings(), database()
    if not dry_run:
        if text or voice or recipient or out:
            raise click.ClickException("A week, a voice or a recipient is chosen with --dry-run only.")
        with opened.writing() as session:
            planned = reports.plan_weekly(session, configured)
        click.echo(f"planned: {planned} weekly mails")
        return
    try:
        week = parse_iso_week(text) if text else previous_week(iso_week(today()))
    except Invalid as error:
        raise click.ClickException(f"{text!r} is not an ISO week such as 2026-W47 ({error}).") from None
    with opened.reading() as session:
        count = _show_week(session, configured, week, voice, recipient, out)
    click.echo(f"{week}: {count} mails, nothing sent", err=True)


def _show_week(
    session: Session, configured: Settings, week: IsoWeek, voice: str | None, recipient: str | None, out: Path | None
) -> int:
    count = 0
    for kind in [voice] if voice else [each.value for each in Voice]:
        for person in reports.receivers(session, Voice(kind)):
            if recipient and person.login != recipient:
                continue
            reader = actor_of(session, person)
            try:
                made = render(session, configured, Voice(kind).kind, reader, {"week": str(week)})
            except NothingToSayError as reason:
                click.echo(f"— {kind} · {person.login}: no mail ({reason})", err=True)
                continue
            count += 1
            if out:
                _write(out, f"{week}-{kind}-{person.login}", made)
                click.echo(f"{kind:8}{person.login:16}{made.subject}")
            else:
                click.echo(f"===== {kind} · {person.login} · {made.subject}\n{made.text}")
    if recipient and not count:
        raise click.ClickException(f"{recipient!r} gets no mail for {week}.")
    return count


def _write(folder: Path, name: str, made: Rendered) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.html").write_text(made.html, encoding="utf-8")
    (folder / f"{name}.txt").write_text(made.text, encoding="utf-8")


# ── The gallery ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Picture:
    """One mail of the gallery."""

    kind: str
    locale: str
    reader: str
    name: str
    made: Rendered


@click.command()
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("out/mail"), show_default=True)
def gallery(out: Path) -> None:
    """Write every kind of mail in Chinese and English, and index.html that shows them at 640 and 390 pixels."""
    with database().reading() as session:
        pictures = list(_pictures(session, settings()))
    for picture in pictures:
        _write(out, picture.name, picture.made)
    out.mkdir(parents=True, exist_ok=True)
    (out / "index.html").write_text(_index(pictures), encoding="utf-8")
    missing = sorted(set(KINDS) - {picture.kind for picture in pictures})
    for kind in missing:
        click.echo(f"no {kind}: nobody has anything to read in it; `python -m crm seed --demo` adds records", err=True)
    click.echo(f"{len(pictures)} mails: {out / 'index.html'}")


def _pictures(session: Session, configured: Settings) -> Iterator[Picture]:
    """For each kind the reader with the longest mail, in both languages."""
    params = {"day": today().isoformat(), "week": str(previous_week(iso_week(today())))}
    for kind in KINDS:
        best: tuple[Actor, Rendered] | None = None
        for reader in _readers(session, kind):
            try:
                made = render(session, configured, kind, replace(reader, locale="zh"), params)
            except NothingToSayError:
                continue
            if best is None or len(made.html) > len(best[1].html):
                best = (reader, made)
        if best is not None:
            for locale in LOCALES:
                made = render(session, configured, kind, replace(best[0], locale=locale), params)
                yield Picture(kind, locale, best[0].name, f"{kind}-{locale}", made)


def _readers(session: Session, kind: str) -> list[Actor]:
    people = reports.receivers(session, _WEEKLY.get(kind))
    return [actor_of(session, person) for person in people][: _TRIED if kind in _WEEKLY else None]


def _index(pictures: list[Picture]) -> str:
    figures = "\n".join(
        f"<section><h2>{html.escape(p.kind)} · {p.locale} · {html.escape(p.reader)}</h2>"
        f"<p>{html.escape(p.made.subject)} · "
        f'<a href="{p.name}.html">HTML</a> · <a href="{p.name}.txt">text</a></p>'
        f'<iframe sandbox title="{p.name} 640" width="640" height="900" src="{p.name}.html"></iframe>'
        f'<iframe sandbox title="{p.name} 390" width="390" height="900" src="{p.name}.html"></iframe></section>'
        for p in pictures
    )
    return (
        '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>mails</title>'
        "<style>body{font:14px sans-serif;margin:24px;background:#edf1f4}iframe{border:1px solid #c9d2da;"
        "margin-right:16px;background:#fff}</style><h1>Mails</h1>"
        f"{figures}</html>\n"
    )
