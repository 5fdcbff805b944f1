"""The gaps board: every segment under what to do about it, with its priority spelled out."""

from __future__ import annotations

import io

from flask import Response, render_template, request, send_file, url_for
from flask_babel import gettext

from crm.domain.access import Permission
from crm.infra.clock import today
from crm.services import gaps, targets
from crm.services.gaps import Wanted
from crm.web import kit
from crm.web.gaps import words
from crm.web.gaps.blueprint import blueprint
from crm.web.gaps.sheet import board_sheet

__all__ = ["blueprint"]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Filters of the address that stay while another one changes.
_KEPT = ("chain", "group", "room", "tier", "aimed", "q")


@blueprint.get("/")
@kit.requires(Permission.CHAINS_VIEW)
def index() -> str:
    session, actor = kit.session(), kit.actor()
    wanted = _wanted()
    board = gaps.board(session, actor, wanted)
    kept = {name: request.args[name] for name in _KEPT if request.args.get(name)}

    def narrowed(**changes: str | None) -> str:
        """The address of the board with other filters; None takes one off."""
        return url_for("gaps.index", **{name: value for name, value in (kept | changes).items() if value})

    return render_template(
        "gaps/index.html",
        board=board,
        wanted=wanted,
        closure=targets.closure(session),
        narrowed=narrowed,
        is_narrowed=bool(kept),
        words=words,
        sees_aims=actor.may(Permission.LEADS_VIEW) or actor.may(Permission.PROJECTS_VIEW),
        may_list=actor.may(Permission.TARGETS_EDIT),
        may_log=actor.may(Permission.LEADS_CREATE),
        may_export=actor.may(Permission.RECORDS_EXPORT),
        kept=kept,
    )


@blueprint.get("/export")
@kit.requires(Permission.RECORDS_EXPORT)
def export() -> Response:
    """The board as it is narrowed, every row of it, as a workbook."""
    session, actor = kit.session(), kit.actor()
    wanted = _wanted()
    rows = gaps.every_row(session, actor, wanted)
    name = gettext("缺环看板") + f"-{today():%Y%m%d}.xlsx"
    answer = send_file(io.BytesIO(board_sheet(rows)), mimetype=XLSX, as_attachment=True, download_name=name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _wanted() -> Wanted:
    """The filters of the address; nonsense narrows nothing."""
    args = request.args
    return Wanted(
        chain=args.get("chain", "")[:60],
        group=args.get("group", "") if args.get("group") in words.GROUPS else "",
        room=args.get("room", "") if args.get("room") in words.ROOMS else "",
        tier=args.get("tier", "") if args.get("tier") in words.TIERS else "",
        aimed={"1": True, "0": False}.get(args.get("aimed", "")),
        text=args.get("q", "")[:80],
    )
