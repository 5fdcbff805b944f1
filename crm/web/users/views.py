"""Accounts: list, create with a one-time link, change, reset. For the security administrator."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm.domain.access import Permission, Role
from crm.domain.errors import DomainError
from crm.services import people
from crm.web import kit
from crm.web.users.forms import NewPersonForm, PersonForm

blueprint = Blueprint("users", __name__, template_folder="templates", url_prefix="/crm/users")


def _link(token: str) -> str:
    """The address to hand over; it starts with the configured public address, never with the request's host."""
    return kit.settings().public_url.rstrip("/") + url_for("accounts.link", token=token)


@blueprint.get("/")
@kit.requires(Permission.USERS_VIEW)
def index() -> str:
    words, role = request.args.get("q", "").strip()[:80], request.args.get("role", "")
    chosen = Role(role) if role in set(Role) else None
    rows = people.listed(kit.session(), kit.actor(), words=words, role=chosen)
    return render_template("users/index.html", rows=rows, words=words, chosen=chosen, roles=list(Role))


@blueprint.route("/new", methods=["GET", "POST"])
@kit.requires(Permission.USERS_MANAGE)
def new() -> str | tuple[str, int]:
    session, form = kit.session(), NewPersonForm()
    form.offer(people.choices(session))
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                person, token = people.create(session, kit.actor(), form.login.data, form.to_facts())
            except DomainError as error:
                kit.refuse(form, error)
            else:
                return render_template("users/link.html", person=person, link=_link(token))
    return render_template("users/form.html", form=form, shown=None), status


@blueprint.route("/<int:person_id>", methods=["GET", "POST"])
@kit.requires(Permission.USERS_VIEW)
def show(person_id: int) -> str | Response | tuple[str, int]:
    session, actor = kit.session(), kit.actor()
    shown = people.shown(session, actor, person_id)
    person = shown.person
    if request.method == "GET":
        form = PersonForm(
            formdata=None,
            version=person.version,
            name=person.name,
            email=person.email or "",
            role=person.role.value,
            section_id=person.section_id or 0,
            park_ids=sorted(shown.park_ids),
        )
        form.offer(people.choices(session))
        return render_template("users/form.html", form=form, shown=shown)
    form = PersonForm()
    form.offer(people.choices(session))
    if form.validate():
        try:
            people.change(session, actor, person_id, form.version.data or 0, form.to_facts())
        except DomainError as error:
            kit.refuse(form, error)
        else:
            flash(_("%(name)s 已保存。", name=person.name), "ok")
            return redirect(url_for("users.index"))
    return render_template("users/form.html", form=form, shown=shown), 422


@blueprint.post("/<int:person_id>/link")
@kit.requires(Permission.USERS_MANAGE)
def reset(person_id: int) -> str:
    person, token = people.new_link(kit.session(), kit.actor(), person_id)
    return render_template("users/link.html", person=person, link=_link(token))


@blueprint.post("/<int:person_id>/active")
@kit.requires(Permission.USERS_MANAGE)
def active(person_id: int) -> Response:
    wanted = request.form.get("active") == "1"
    person = people.set_active(kit.session(), kit.actor(), person_id, active=wanted)
    said = (
        _("%(name)s 已启用。", name=person.name) if wanted else _("%(name)s 已停用，登录都已退出。", name=person.name)
    )
    flash(said, "ok")
    return redirect(url_for("users.show", person_id=person_id))
