"""The board: projects as cards by stage and batch, moved by dragging or by keyboard; the gate answers each move."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext
from werkzeug.wrappers import Response

from crm.domain.access import Permission
from crm.domain.errors import DomainError, Invalid, NotAllowed, NotFound, Stale
from crm.domain.labels import label
from crm.domain.notices import rule_words
from crm.domain.pipeline import Batch, Stage
from crm.services import access, board, gates
from crm.services.gates import GateClosed, MustAnswer
from crm.services.listing import Query
from crm.web import kit, listing
from crm.web.projects.blueprint import blueprint

LONGEST_IDLE = 3650
BY_BATCH, BY_STAGE = "batch", "stage"

SCREEN = listing.Screen(
    list="projects",
    index="projects.index",
    filters="projects.board_filters",
    record=lambda row: url_for("projects.show", project_id=row.id),
    manners=("by", "idle"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of a board asks for: the question of the list, and how the board is drawn."""

    query: Query
    idle_days: int = board.IDLE_DAYS
    idle_only: bool = False
    by: str = BY_BATCH
    #: The batch or stage that the phone shows.
    at: str = ""

    def address(self, **changes: object) -> str:
        """The address of this board with other manners."""
        asked = replace(self, **changes) if changes else self
        manners = (
            ("by", asked.by if asked.by != BY_BATCH else ""),
            ("idle", str(asked.idle_days) if asked.idle_days != board.IDLE_DAYS else ""),
            ("idle_only", "1" if asked.idle_only else ""),
            ("at", asked.at),
        )
        return listing.address(SCREEN, asked.query, **dict(manners))

    @property
    def kept(self) -> list[tuple[str, str]]:
        """Hidden fields of the form that asks for other days."""
        manners = (("by", self.by), ("at", self.at), ("idle_only", "1" if self.idle_only else ""))
        return [*SCREEN.spec.address(self.query), *((name, word) for name, word in manners if word)]

    def lit(self, colour: str) -> str:
        """The address of the same board with one light only."""
        pairs = [pair for pair in SCREEN.spec.address(self.query) if pair[0] != "light"]
        return url_for(SCREEN.index) + "?" + urlencode([*pairs, ("light", colour)])


@blueprint.get("/")
@kit.requires(Permission.PROJECTS_VIEW)
def index() -> str:
    return render_template("projects/index.html", **_drawn(_asked(listing.arguments())))


@blueprint.get("/filters")
@kit.requires(Permission.PROJECTS_VIEW)
def board_filters() -> str | Response | tuple[str, int]:
    return listing.sheet(SCREEN)


@blueprint.post("/<int:project_id>/move")
@kit.requires(Permission.PROJECTS_EDIT)
def move(project_id: int) -> str | Response | tuple[str, int]:
    """Take one step; to the board's script the answer is the board anew, or a dialog that says what is missing."""
    session, actor = kit.session(), kit.actor()
    to_stage = _stage(request.form.get("to_stage", ""))
    project = access.project(session, actor, project_id)
    command = gates.Move(
        to_stage=to_stage,
        reason=request.form.get("reason", ""),
        version=request.form.get("version", type=int),
    )
    try:
        gates.move(session, actor, project_id, command)
    except NotFound:
        raise
    except DomainError as refusal:
        if not kit.is_htmx():
            raise
        return _refused(project, to_stage, refusal)
    words = {"project": project.name, "stage": gettext(label(to_stage))}
    if project.stage is to_stage:
        flash(gettext("「%(project)s」已进入%(stage)s。", **words), "ok")
    else:
        flash(gettext("「%(project)s」进入%(stage)s要科长同意，已提交审批。", **words), "info")
    if not kit.is_htmx():
        return redirect(kit.safe_next(url_for("projects.show", project_id=project_id)))
    return render_template("projects/_board.html", **_drawn(_asked_before()))


def _stage(word: str) -> Stage:
    try:
        return Stage(word)
    except ValueError:
        abort(400)


def _refused(project, to_stage: Stage, refusal: DomainError) -> tuple[str, int]:
    """Why the card goes back to where it was, and the way to what is missing."""
    status = 409 if isinstance(refusal, Stale) else 403 if isinstance(refusal, NotAllowed) else 422
    found = refusal.check if isinstance(refusal, GateClosed) else None
    locale = str(get_locale())
    has_form = isinstance(refusal, MustAnswer) or (found is not None and found.barred is None)
    page = render_template(
        "projects/_refused.html",
        project=project,
        to_stage=to_stage,
        sentence=kit.sentence(refusal) if found is None or found.barred else "",
        facts=[fact.words.say(locale) for fact in found.missing_facts] if found else [],
        proofs=[[kind.words.say(locale) for kind in group] for group in found.missing_evidence] if found else [],
        needs_approval=bool(found and found.needs_approval),
        asks_reason=isinstance(refusal, Invalid) and refusal.field == "reason",
        typed=request.form.get("reason", ""),
        gate_url=url_for("projects.gate", project_id=project.id, stage=to_stage.value) if has_form else "",
    )
    return page, status


def _asked(args: dict[str, list[str]]) -> Asked:
    query = SCREEN.spec.read(kit.session(), kit.actor(), args)
    words = {name: (args.get(name) or [""])[0] for name in ("idle", "idle_only", "by", "at")}
    days = int(words["idle"]) if words["idle"].isascii() and words["idle"].isdigit() else board.IDLE_DAYS
    by = BY_STAGE if words["by"] == BY_STAGE else BY_BATCH
    places = {each.value for each in (Stage if by == BY_STAGE else Batch)}
    return Asked(
        query,
        idle_days=min(max(days, 1), LONGEST_IDLE),
        idle_only=words["idle_only"] == "1",
        by=by,
        at=words["at"] if words["at"] in places else "",
    )


def _asked_before() -> Asked:
    """The board that the card was dragged on: its address comes along as a query string."""
    args: dict[str, list[str]] = {}
    for name, word in _pairs(request.form.get("address", "")):
        args.setdefault(name, []).append(word)
    return _asked(args)


def _pairs(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text.removeprefix("?"), max_num_fields=200)
    except ValueError:
        return []


def _drawn(asked: Asked) -> dict[str, object]:
    found = board.board(kit.session(), kit.actor(), asked.query, idle_days=asked.idle_days, idle_only=asked.idle_only)
    chips = [
        replace(chip, remove=_with_manners(asked, chip.remove), edit=_with_manners(asked, chip.edit))
        for chip in listing.chips(SCREEN, asked.query)
    ]
    text = SCREEN.spec.text_of(asked.query)
    first = asked.at or (Batch.RESERVE if asked.by == BY_BATCH else Stage.RESERVE).value
    return {
        "board": found,
        "asked": asked,
        "at": first,
        "chips": chips,
        "problems": [problem.say(gettext) for problem in asked.query.problems],
        "rule_words": rule_words,
        "stages": list(Stage),
        "query_text": text,
        "filter_url": _with_manners(asked, f"{url_for(SCREEN.filters)}{'?' if text else ''}{text}"),
        "list_url": url_for("projects.table"),
    }


def _with_manners(asked: Asked, address: str) -> str:
    """Changing a filter or taking it off leaves the way the board is drawn."""
    manners = [("by", BY_STAGE)] if asked.by == BY_STAGE else []
    manners += [("idle", str(asked.idle_days))] if asked.idle_days != board.IDLE_DAYS else []
    if not address or not manners:
        return address
    return address + ("&" if "?" in address else "?") + urlencode(manners)
