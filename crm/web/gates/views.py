"""Definitions of the gates: both tracks as a table, and their text, which an administrator puts in force anew."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from crm.domain.access import Permission
from crm.domain.errors import Invalid
from crm.domain.pipeline import Stage, Track
from crm.services import gates
from crm.services.settings import REASON_LENGTH
from crm.web import kit
from crm.web.stages import say

blueprint = Blueprint("gates", __name__, template_folder="templates", url_prefix="/crm/admin/gates")


class DefinitionsForm(FlaskForm):
    """The whole text, why it changes, and the version that was shown."""

    version = HiddenField()
    source = TextAreaField(lazy_gettext("定义"), [InputRequired(message=lazy_gettext("定义是空的。"))])
    reason = StringField(
        lazy_gettext("为什么改"),
        [InputRequired(message=lazy_gettext("请写明为什么改。")), Length(max=REASON_LENGTH)],
    )


@blueprint.get("/")
@kit.requires(Permission.SETTINGS_VIEW)
def index() -> str:
    source, version = gates.source_in_force(kit.session())
    return _page(DefinitionsForm(formdata=None, data={"source": source, "version": version}))


@blueprint.post("/")
@kit.requires(Permission.SETTINGS_EDIT)
def put_in_force() -> Response | tuple[str, int]:
    form = DefinitionsForm()
    wrong = 0
    if form.validate():
        shown = form.version.data or ""
        try:
            row = gates.put_in_force(
                kit.session(),
                kit.actor(),
                form.source.data or "",
                form.reason.data or "",
                int(shown) if shown.isascii() and shown.isdigit() and len(shown) < 10 else -1,
            )
        except Invalid as error:
            kit.refuse(form, error)
            wrong = int(error.params.get("line", 0))  # type: ignore[call-overload]
        else:
            flash(_("关口定义第 %(number)s 版已生效；走过的阶段不重算。", number=row.number), "ok")
            return redirect(url_for("gates.index"))
    kit.abandon()
    return _page(form, wrong), 422


def _page(form: DefinitionsForm, wrong: int = 0) -> str:
    """The page; `wrong` is the line that was complained about."""
    session = kit.session()
    definitions = gates.in_force(session)
    lines = (form.source.data or "").splitlines()
    return render_template(
        "gates/index.html",
        form=form,
        definitions=definitions,
        tracks=list(Track),
        stages=list(Stage),
        history=gates.history(session),
        say=say,
        may_edit=kit.actor().may(Permission.SETTINGS_EDIT),
        wrong=wrong,
        wrong_line=lines[wrong - 1] if 0 < wrong <= len(lines) else "",
    )
