"""The weekly report: every week, and the very mail that goes out, previewed by whoever may read it.

The page shows the mail itself in a frame, made by the same call that sends it; there is no second version to drift.
"""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from crm.domain.access import Permission
from crm.domain.calendar import IsoWeek, iso_week, parse_iso_week
from crm.domain.errors import Invalid, NotFound
from crm.domain.labels import N_
from crm.domain.reports import MOVEMENT_WORDS, VOICE_WORDS, Voice
from crm.infra.clock import today
from crm.services import reports
from crm.services.access import Actor
from crm.web import kit
from workers.emails.letter import NothingToSayError, Rendered
from workers.emails.render import render

blueprint = Blueprint("reports", __name__, template_folder="templates", url_prefix="/crm/reports")

#: A mail styles itself; nothing of it runs or loads, and only our own page may frame it.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


@blueprint.get("/")
@kit.requires(Permission.REPORTS_VIEW)
def index() -> str:
    session, actor = kit.session(), kit.actor()
    weeks = [{"iso": parse_iso_week(week.data.week), "week": week} for week in reports.listed(session)]
    figures = Voice.LEADER in reports.voices_of(session, actor)
    return render_template("reports/index.html", weeks=weeks, figures=figures, words=MOVEMENT_WORDS)


@blueprint.get("/weekly/<week>")
@kit.requires(Permission.REPORTS_VIEW)
def weekly(week: str) -> str:
    session, actor = kit.session(), kit.actor()
    chosen = _week(week)
    voices = reports.voices_of(session, actor)
    voice = _voice(voices)
    readers = voices.get(voice, []) if voice else []
    person = request.args.get("person", type=int)
    mail = _mail(chosen, voice, person) if voice and readers else None
    return render_template(
        "reports/weekly.html",
        week=chosen,
        voices=voices,
        words=VOICE_WORDS,
        voice=voice,
        readers=readers,
        person=person or (readers[0].id if readers else None),
        mail=mail,
    )


@blueprint.get("/weekly/<week>/<voice>")
@kit.requires(Permission.REPORTS_VIEW)
def mail(week: str, voice: str) -> Response:
    """The mail's own HTML, for the frame and for a new window."""
    if voice not in {each.value for each in Voice}:
        raise NotFound(N_("没有这份周报，或您无权查看。"))
    found = _mail(_week(week), Voice(voice), request.args.get("person", type=int))
    if found is None:
        raise NotFound(N_("没有这份周报，或您无权查看。"))
    # Pages of ours refuse to be framed, so links of the mail open beside it.
    shown = found.html.replace("<head>", '<head><base target="_blank">', 1)
    return Response(shown, mimetype="text/html", headers={"Content-Security-Policy": MAIL_POLICY})


def _week(text: str) -> IsoWeek:
    """The week of the address; 404 for what is none, and for weeks to come there is nothing to say."""
    try:
        week = parse_iso_week(text)
    except Invalid as error:
        raise NotFound(N_("没有这一周：请写成 2026-W47 的样子。")) from error
    if week > iso_week(today()):
        raise NotFound(N_("这一周还没有开始。"))
    return week


def _voice(voices: dict[Voice, list[reports.Reader]]) -> Voice | None:
    asked = request.args.get("voice", "")
    return next((voice for voice in voices if voice.value == asked), next(iter(voices), None))


def _mail(week: IsoWeek, voice: Voice, person: int | None) -> Rendered | None:
    """The mail as its reader would get it; None when there is nothing to say."""
    session = kit.session()
    reader: Actor = reports.reader_of(session, kit.actor(), voice, person)
    try:
        return render(session, kit.settings(), voice.kind, reader, {"week": str(week)})
    except NothingToSayError:
        return None
