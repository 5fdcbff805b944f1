"""One place where errors become pages: a sentence, what was kept, what to do, and the request's id."""

from __future__ import annotations

import structlog
from flask import Blueprint, Flask, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from crm.domain.errors import Busy, DomainError, Duplicate, Invalid, NotAllowed, NotFound, Stale, Throttled
from crm.infra.db import gave_up_waiting
from crm.services import merging
from crm.services.merging import MergeKind
from crm.web import kit

STATUS: dict[type[DomainError], int] = {
    NotAllowed: 403,
    NotFound: 404,
    Invalid: 422,
    Duplicate: 409,
    Stale: 409,
    Throttled: 429,
    Busy: 503,
}
PAGES = frozenset({400, 403, 404, 409, 413, 422, 429, 500, 503})

log = structlog.get_logger(__name__)


def page(status: int, sentence: str | None = None) -> tuple[str, int]:
    """The error page of `status`; statuses without a page of their own show the nearest."""
    shown = status if status in PAGES else (500 if status >= 500 else 400)
    return render_template(f"errors/{shown}.html", sentence=sentence, request_id=g.get("request_id")), status


def follow_merges(blueprint: Blueprint, kind: MergeKind, argument: str, page_of: str) -> None:
    """Let addresses of a merged record lead to the one it went into; `argument` is its id in the addresses.

    What was to be written there is asked for again on `page_of`: it was meant for a record that looked otherwise.
    """

    @blueprint.errorhandler(NotFound)
    def moved(error: NotFound) -> BaseResponse | tuple[str, int]:
        asked = request.view_args or {}
        session = kit.session()
        session.rollback()
        record_id = asked.get(argument)
        winner = merging.moved_to(session, kit.actor(), kind, record_id) if record_id is not None else None
        kit.abandon()
        if winner is None:
            return page(404, kit.sentence(error))
        if request.method in kit.SAFE_METHODS:
            return redirect(url_for(request.endpoint or "", **{**asked, argument: winner}))
        flash(gettext("这条记录已经并入另一条，就是这一条；请在这里再做一次。"), "warning")
        return redirect(url_for(page_of, **{argument: winner}), 303)


def install(app: Flask) -> None:
    """Register the handlers."""

    @app.errorhandler(DomainError)
    def domain_error(error: DomainError) -> tuple[str, int]:
        kit.abandon()
        status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 400)
        return page(status, kit.sentence(error))

    @app.errorhandler(StaleDataError)
    def stale(_error: StaleDataError) -> tuple[str, int]:
        kit.abandon()
        return page(409, gettext("这条记录刚被别人改过。您填写的内容没有保存，请返回后对照最新内容再提交。"))

    @app.errorhandler(OperationalError)
    def locked(error: OperationalError) -> tuple[str, int]:
        if not gave_up_waiting(error):
            return unexpected(error)
        kit.abandon()
        log.warning("request gave up waiting for a lock")
        return page(503)

    @app.errorhandler(CSRFError)
    def csrf(_error: CSRFError) -> tuple[str, int]:
        kit.abandon()
        return page(400, gettext("页面放得太久，安全口令已过期。请返回上一页，刷新后再提交。"))

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> tuple[str, int] | HTTPException:
        kit.abandon()
        if error.code is None or error.code < 400:
            return error
        return page(error.code)

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> tuple[str, int]:
        kit.abandon()
        log.exception("request failed", error=type(error).__name__)
        return page(500)
