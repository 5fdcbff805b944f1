"""Reading plans: all chains' on one page, one as a document to print, two versions compared, what is to be surveyed."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from crm.domain.access import Permission
from crm.domain.errors import NotFound
from crm.domain.labels import N_
from crm.domain.plans import Part, PlanDocument, compare
from crm.services import plans
from crm.services.district import district_names
from crm.services.plans import word_file
from crm.web import kit
from crm.web.formats import named
from crm.web.language import gettext
from crm.web.plans.blueprint import blueprint
from crm.web.plans.forms import DecideForm, SubmitForm
from crm.web.plans.words import of_plan, segment_url, source_of

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@blueprint.get("/plans/")
@kit.requires(Permission.CHAINS_VIEW)
def index() -> str:
    rows = plans.overview(kit.session(), kit.actor())
    return render_template("plans/index.html", rows=rows)


@blueprint.get("/chains/<key>/plan")
@kit.requires(Permission.CHAINS_VIEW)
def show(key: str) -> str:
    return page(key)


@blueprint.get("/chains/<key>/plan/versions/<int:number>")
@kit.requires(Permission.CHAINS_VIEW)
def numbered(key: str, number: int) -> str:
    return page(key, number)


@blueprint.get("/plans/versions/<int:version_id>")
@kit.requires(Permission.CHAINS_VIEW)
def version(version_id: int) -> BaseResponse:
    """For notices and reminders, which know a version by its id: the plan as it is now."""
    return redirect(url_for("plans.show", key=plans.key_of(kit.session(), kit.actor(), version_id)))


def page(key: str, number: int | None = None, refused: DecideForm | SubmitForm | None = None) -> str:
    """The document with what the person may do to it; a refused form comes back as it was typed."""
    view = plans.show(kit.session(), kit.actor(), key, number)
    newest = view.versions[0] if view.versions else None
    base = {"number": newest.number, "version": newest.version} if newest else {"number": 0, "version": 0}
    deciding, moving = DecideForm(formdata=None, data=base), SubmitForm(formdata=None, data=base)
    if refused is not None:
        refused.number.data, refused.version.data = base["number"], base["version"]
    return render_template(
        "plans/show.html",
        view=view,
        words=of_plan(view),
        deciding=refused if isinstance(refused, DecideForm) else deciding,
        moving=refused if isinstance(refused, SubmitForm) else moving,
        refused=refused,
    )


@blueprint.get("/chains/<key>/plan/print")
@kit.requires(Permission.CHAINS_VIEW)
def sheet(key: str) -> str:
    view = plans.show(kit.session(), kit.actor(), key, kit.id_argument("number"))
    return render_template("plans/print.html", view=view, words=of_plan(view))


@blueprint.get("/chains/<key>/plan/docx")
@kit.requires(Permission.CHAINS_VIEW)
def docx(key: str) -> Response:
    view = plans.show(kit.session(), kit.actor(), key, kit.id_argument("number"))
    names = district_names(kit.settings().district)
    content = word_file.docx(view, gettext, named, district=f"{names.city}{names.name}", source=source_of(names))
    number = view.version.number if view.version else 0
    name = quote(gettext("一链一策 %(chain)s 第 %(number)s 版.docx", chain=named(view.facts), number=number))
    disposition = f"attachment; filename=\"plan-{view.facts.key}-{number}.docx\"; filename*=UTF-8''{name}"
    return Response(content, mimetype=DOCX, headers={"Content-Disposition": disposition})


@blueprint.get("/chains/<key>/plan/compare")
@kit.requires(Permission.CHAINS_VIEW)
def differences(key: str) -> str:
    """Two versions in words: by default the newest and the one before."""
    session, actor = kit.session(), kit.actor()
    view = plans.show(session, actor, key)
    numbers = [each.number for each in view.versions]
    if len(numbers) < 2:
        raise NotFound(N_("只有一版方案，没有可比较的。"))
    newer, older = _asked("to", numbers, numbers[0]), _asked("from", numbers, numbers[1])
    rows = {each.number: each for each in view.versions}
    segments = {segment.key: named(segment) for segment in view.facts.segments}
    found = compare(
        PlanDocument.from_json(rows[older].document),
        PlanDocument.from_json(rows[newer].document),
        segments,
        plans.park_names(session),
    )
    groups = [(part, [each for each in found if each.part is part]) for part in Part]
    groups = [(part, rows_) for part, rows_ in groups if rows_]
    return render_template(
        "plans/compare.html", view=view, older=rows[older], newer=rows[newer], found=found, groups=groups
    )


def _asked(name: str, numbers: list[int], default: int) -> int:
    wanted = request.args.get(name, type=int)
    return wanted if wanted in numbers else default


@blueprint.get("/plans/surveys/<int:chain_id>")
@kit.requires(Permission.CHAINS_VIEW)
def survey(chain_id: int) -> str:
    """What the reminder of old surveys counts: each segment leads to its own page."""
    found = plans.surveys(kit.session(), kit.actor(), chain_id)
    return render_template("plans/survey.html", found=found, segment_url=segment_url)
