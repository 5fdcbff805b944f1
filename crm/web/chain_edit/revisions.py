"""The revisions of a map: who saved what and why, any two compared, an earlier one brought back."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from chains.engine.diff import diff
from chains.engine.model import Chain
from crm.domain.access import Permission
from crm.domain.errors import Invalid
from crm.services import chain_maps, chain_members
from crm.services.chain_maps import MapConflict, State
from crm.web import kit
from crm.web.chain_edit import common, saving, shown
from crm.web.chain_edit.blueprint import blueprint
from crm.web.chain_edit.forms import RestoreForm

Answer = Response | tuple[str, int]
#: The word in addresses for the map that the product brings.
SHIPPED = "shipped"
_PAGE = 50


@blueprint.get("/<key>/revisions")
@kit.requires(Permission.CHAINS_VIEW)
def revisions(key: str) -> tuple[str, int]:
    """Newest first."""
    session = kit.session()
    state = chain_maps.current(session, key)
    found = chain_maps.revisions(session, key, before=kit.id_argument("before"), limit=_PAGE + 1)
    return common.page(
        "revisions",
        state,
        rows=found[:_PAGE],
        more=len(found) > _PAGE,
        keeps=chain_members.keeps(session, kit.actor(), state.row.id),
        shipped=chain_maps.shipped(key) is not None,
    )


@blueprint.get("/<key>/compare")
@kit.requires(Permission.CHAINS_VIEW)
def compare(key: str) -> tuple[str, int]:
    """Any two revisions; without a choice the last two. `shipped` is the map that comes with the product."""
    return _compared(key)


def _compared(key: str, refused: RestoreForm | None = None) -> tuple[str, int]:
    session = kit.session()
    state = chain_maps.current(session, key)
    choices = [str(each.number) for each in chain_maps.revisions(session, key, limit=500)] or ["0"]
    has_shipped = chain_maps.shipped(key) is not None
    if has_shipped:
        choices.append(SHIPPED)
    after = _asked("after", choices, choices[0])
    earlier = [each for each in choices if each != SHIPPED and int(each) < int(after)] if after != SHIPPED else []
    before = _asked("before", choices, earlier[0] if earlier else after)
    old, new = (_map_of(key, each, state) for each in (before, after))
    keeps = chain_members.keeps(session, kit.actor(), state.row.id)
    form = refused
    if form is None:
        form = RestoreForm(formdata=None)
        form.base.data = state.number
        form.number.data = int(before) if before != SHIPPED else None
        form.reason.data = _("恢复到第 %(number)s 版", number=before)
    return common.page(
        "compare",
        state,
        422 if refused else 200,
        before=before,
        after=after,
        choices=choices,
        groups=shown.lines(diff(old, new), old, new),
        count=len(diff(old, new)),
        keeps=keeps,
        # Going back is offered where the comparison shows exactly what it would do.
        can_restore=keeps and before != SHIPPED and after == choices[0] and before != after,
        can_take=keeps and before == SHIPPED and after == choices[0],
        form=form,
    )


@blueprint.post("/<key>/restore")
@kit.requires(Permission.CHAINS_EDIT)
def restore(key: str) -> Answer:
    """Save an earlier state as the newest revision."""
    session = kit.session()
    common.opened(key)
    form = RestoreForm()
    if form.validate() and form.number.data is not None:
        number = form.number.data
        try:
            saved = chain_maps.restore(session, kit.actor(), key, form.began(), number, form.reason.data or "")
        except MapConflict:
            session.rollback()
            kit.refuse(form, Invalid("", _("图谱刚被别人改过，请对照最新的一版再恢复。")))
        except Invalid as error:
            session.rollback()
            kit.refuse(form, error)
        else:
            saving.tell(saved, _("已恢复第 %(number)s 版的内容。", number=number))
            return redirect(url_for("chain_edit.revisions", key=key))
    form.base.data = chain_maps.current(session, key).number
    return _compared(key, form)


def _asked(name: str, choices: list[str], otherwise: str) -> str:
    value = request.values.get(name, "")
    return value if value in choices else otherwise


def _map_of(key: str, choice: str, state: State) -> Chain:
    if choice == SHIPPED:
        found = chain_maps.shipped(key)
        return found if found is not None else state.map
    if int(choice) == state.number:
        return state.map
    return chain_maps.parsed(chain_maps.revision(kit.session(), key, int(choice)))
