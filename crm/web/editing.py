"""Editing together, for any form of a record: what it opened with travels along, and a late save is merged by field.

The state that a form opened with is sealed into the form itself. Recomputing it from the audit trail was the other
way: the trail keeps masked and coded values, not what stood in the fields, and misses what no form wrote. The seal
is signed, bound to the record, and worth nothing to anybody who reads it: they saw those values.

How a view uses it (see `web.leads.edit`):

1. the form is a `MergingForm` (or has its two fields); opening it calls `seal`;
2. the post calls `save`: it applies the choices of a conflict page, stores, and on Stale merges; what only one side
   changed is stored at once;
3. if a person must decide, `saving.meeting` is there and `conflict_page` is the answer. A third editor only means that
   the same happens again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from flask import render_template, request
from flask_babel import gettext
from flask_wtf import FlaskForm
from itsdangerous import BadData, URLSafeSerializer
from werkzeug.datastructures import MultiDict
from wtforms import Field, HiddenField

from crm.domain.errors import Duplicate, Invalid, Stale
from crm.domain.labels import N_
from crm.domain.merging_edits import Conflict, State, Values, merge
from crm.services import history
from crm.web import formats, kit

#: Names that a conflict page adds to those of the form: the choice, the fields it is about, their values by side.
_CHOICE, _FIELDS = "choose.", "fields."
_WAS, _MINE, _THEIRS = "was.", "mine.", "theirs."
_EXTRA = (_CHOICE, _FIELDS, _WAS, _MINE, _THEIRS)
#: Third and fourth editors are merged too; beyond this somebody should talk to somebody.
TRIES = 5
#: Kinds of fields that carry no value of the record.
_NOT_VALUES = ("HiddenField", "CSRFTokenField", "SubmitField", "FileField", "MultipleFileField")


class MergingForm(FlaskForm):
    """A form of a record that several people edit."""

    version = HiddenField()
    base = HiddenField()


@dataclass(frozen=True, slots=True)
class Rules:
    """How a kind of record is merged."""

    #: "lead", "project", "enterprise": the seal of one record is none of another.
    kind: str
    #: A form of these values with its choices filled in.
    make: Callable[[MultiDict[str, str]], FlaskForm]
    #: Fields that are only meant for a new record, or for the save itself.
    ignored: frozenset[str] = frozenset()
    #: Leading field → fields that mean nothing without it.
    bound: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: Whether two spellings of a field are one value.
    same: Callable[[str, Values, Values], bool] = lambda _field, one, other: one == other


@dataclass(frozen=True, slots=True)
class Row:
    """One field of a conflict in words: as it was (None: not known), as I want it, as the other saved it."""

    label: str
    was: str | None
    mine: str
    theirs: str


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two edits laid side by side: the values of the form after merging, and what a person must decide."""

    formdata: MultiDict[str, str]
    conflicts: Sequence[tuple[str, Sequence[Row]]]
    #: (label, value) of what only the other, and only I, changed.
    from_them: Sequence[tuple[str, str]] = ()
    from_me: Sequence[tuple[str, str]] = ()


# ── The state of a form ──────────────────────────────────────────────────────────────────────────────────────────────


def seal(form: FlaskForm, rules: Rules, record_id: int, kept: Mapping[str, str] | None = None) -> None:
    """Write the state of a form that opens into its `base`.

    `kept` says, masked, what stands behind fields that are shown empty and keep their value when they are sent empty.
    """
    content = {"of": [rules.kind, record_id], "state": state_of(form, rules), "kept": dict(kept or {})}
    form.base.data = _serializer().dumps(content)  # type: ignore[attr-defined]


def _unsealed(token: str | None, rules: Rules, record_id: int) -> tuple[dict[str, Values] | None, dict[str, str]]:
    """What `seal` wrote; None for a form without a seal or with one that is not its own."""
    try:
        content = _serializer().loads(token or "")
    except BadData:
        return None, {}
    if content["of"] != [rules.kind, record_id]:
        return None, {}
    return {name: tuple(values) for name, values in content["state"].items()}, content["kept"]


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(kit.settings().secret_key, salt="editing.base")


def state_of(form: FlaskForm, rules: Rules) -> dict[str, Values]:
    """What a browser would send of the record's fields, without what makes no difference."""
    return {
        each.short_name: _values(each)
        for each in form
        if each.type not in _NOT_VALUES and each.short_name not in rules.ignored
    }


def _values(each: Field) -> Values:
    if each.type == "BooleanField":
        return ("y",) if each.data else ()
    if isinstance(each.data, (list, tuple, set, frozenset)):
        return tuple(sorted(str(one) for one in each.data))
    text = each.data if hasattr(each, "choices") else each._value()
    text = str(text or "").replace("\r\n", "\n").strip()
    return (text,) if text else ()


# ── Two edits meet ───────────────────────────────────────────────────────────────────────────────────────────────────


def meet(
    form: FlaskForm, stored: FlaskForm, rules: Rules, record_id: int, kept: Mapping[str, str] | None = None
) -> Meeting:
    """Lay the posted form beside the stored record; `kept` as for `seal`, of the record as it is now.

    The outcome carries the versions of the stored record and its state as the new base.
    """
    behind = dict(kept or {})
    base, base_behind = _unsealed(form.base.data, rules, record_id)  # type: ignore[attr-defined]
    mine, theirs = state_of(form, rules), state_of(stored, rules)
    # What was shown empty and is sent empty says what stood behind it.
    for name, text in behind.items():
        mine[name] = mine[name] or (base_behind.get(name, text),)
        theirs[name] = (text,)
    if base is not None:
        base = {name: base.get(name, ()) for name in mine} | {name: (text,) for name, text in base_behind.items()}
    merged = merge(base, mine, theirs, bound=rules.bound, same=rules.same)

    def sent(name: str, values: Values) -> Values:
        return () if name in behind and values in ((behind[name],), (base_behind.get(name),)) else values

    formdata: MultiDict[str, str] = MultiDict()
    for name, values in merged.values.items():
        formdata.setlist(name, list(sent(name, values)))
    for each in merged.conflicts:
        _offer(formdata, each, sent)
    _carry(formdata, form, stored)
    seal(stored, rules, record_id, behind)
    formdata["base"] = stored.base.data  # type: ignore[attr-defined]
    return Meeting(
        formdata,
        [(each.key, _rows(each, rules)) for each in merged.conflicts],
        _pairs(theirs, merged.theirs, rules),
        _pairs(mine, merged.mine, rules),
    )


@dataclass(frozen=True, slots=True)
class Saving:
    """What became of a save: done, refused (the form has its errors), or a meeting that needs a person."""

    form: FlaskForm
    #: 302 saved, 409 met or already there, 422 refused.
    status: int
    meeting: Meeting | None = None
    #: Labels of the fields that another had changed and that were kept.
    merged: Sequence[str] = ()


def save(
    rules: Rules,
    record_id: int,
    store: Callable[[FlaskForm], object],
    stored: Callable[[], FlaskForm],
    kept: Callable[[], Mapping[str, str]] = dict,
) -> Saving:
    """Store the posted form, merging it with whatever was saved meanwhile as often as needed.

    `store` runs the use case and raises Stale when it comes late; `stored` and `kept` read the record as it is then.
    """
    session = kit.session()
    if undecided():
        return Saving(rules.make(posted()), 409, _asked_again(rules))
    form: FlaskForm = rules.make(posted())
    merged: list[str] = []
    for _time in range(TRIES):
        if not form.validate():
            return Saving(form, 422)
        try:
            store(form)
        except (Invalid, Duplicate) as error:
            session.rollback()
            kit.refuse(form, error)
            return Saving(form, 409 if isinstance(error, Duplicate) else 422)
        except Stale:
            session.rollback()
            meeting = meet(form, stored(), rules, record_id, kept())
            if meeting.conflicts:
                return Saving(form, 409, meeting)
            form = rules.make(meeting.formdata)
            merged += [label for label, _value in meeting.from_them if label not in merged]
        else:
            return Saving(form, 302, merged=merged)
    kit.refuse(form, Invalid("", N_("这条记录正被多人同时修改，还没有保存；请稍等再按保存。")))
    return Saving(form, 422)


def saved_words(saving: Saving, otherwise: str) -> str:
    """The sentence after a save: `otherwise`, or that what others changed meanwhile was kept."""
    if not saving.merged:
        return otherwise
    return gettext("已保存，并保留了别人刚改的：%(fields)s。", fields=formats.listed(saving.merged))


def _offer(formdata: MultiDict[str, str], conflict: Conflict, sent: Callable[[str, Values], Values]) -> None:
    """Both sides of a conflict travel with the page; which of them becomes the form's value is chosen there."""
    formdata.setlist(_FIELDS + conflict.key, list(conflict.fields))
    for name in conflict.fields:
        formdata.poplist(name)
        formdata.setlist(_MINE + name, list(sent(name, conflict.mine[name])))
        formdata.setlist(_THEIRS + name, list(sent(name, conflict.theirs[name])))
        # For showing only: sides are drawn again if the page comes back without a choice.
        formdata.setlist(_WAS + name, list((conflict.base or {}).get(name, ())))


def _carry(formdata: MultiDict[str, str], form: FlaskForm, stored: FlaskForm) -> None:
    """Hidden fields: those of the stored record (its versions), else what was posted (the request id)."""
    for each in form:
        if each.type == "HiddenField":
            formdata[each.short_name] = str(stored[each.short_name].data or each.data or "")


def posted() -> MultiDict[str, str]:
    """The request's form with the choices of a conflict page applied; without any, as it is."""
    data: MultiDict[str, str] = MultiDict(request.form)
    for key in _asked(data):
        side = {"mine": _MINE, "theirs": _THEIRS}.get(data.get(_CHOICE + key, ""))
        for name in data.getlist(_FIELDS + key) if side else ():
            data.setlist(name, data.getlist(side + name))
    return data


def undecided() -> bool:
    """Whether a conflict page came back without a choice for each of its conflicts."""
    return any(request.form.get(_CHOICE + key) not in ("mine", "theirs") for key in _asked(request.form))


def _asked(data: MultiDict[str, str]) -> list[str]:
    return [name.removeprefix(_FIELDS) for name in data if name.startswith(_FIELDS)]


def _asked_again(rules: Rules) -> Meeting:
    """The conflict page once more, from what it sent itself."""
    data = request.form
    conflicts = []
    for key in _asked(data):
        fields = tuple(data.getlist(_FIELDS + key))
        was, mine, theirs = (
            {name: tuple(data.getlist(side + name)) for name in fields} for side in (_WAS, _MINE, _THEIRS)
        )
        conflicts.append((key, _rows(Conflict(fields, was, mine, theirs), rules)))
    formdata = MultiDict([(name, one) for name, one in data.items(multi=True) if not name.startswith(_CHOICE)])
    return Meeting(formdata, conflicts)


def conflict_page(
    meeting: Meeting, *, trail: Sequence[tuple[str, str]], cancel_url: str, records: Sequence[tuple[str, int]]
) -> tuple[str, int]:
    """原来 / 我的 / 对方, one choice a conflict; posted to the address of the form itself.

    `records` are those that the form writes, as (kind, id): whoever saved one of them last is named.
    """
    found = [each for kind, key in records if (each := history.last_saved(kit.session(), kind, key)) is not None]
    name, at = max(found, key=lambda each: each[1]) if found else ("", None)
    saved = gettext("%(name)s于 %(when)s 保存", name=name, when=formats.moment(at)) if at else ""
    page = render_template(
        "records/conflict.html",
        meeting=meeting,
        trail=trail,
        saved=saved,
        cancel_url=cancel_url,
        missing=undecided(),
        chosen={key: request.form.get(_CHOICE + key) for key, _rows_ in meeting.conflicts},
        hidden=[(name, one) for name, one in meeting.formdata.items(multi=True) if name != "csrf_token"],
    )
    return page, 409


# ── Words ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _rows(conflict: Conflict, rules: Rules) -> list[Row]:
    """The fields of a conflict in which the three states are not all alike."""
    was = _shown(conflict.base, rules) if conflict.base is not None else None
    mine, theirs = _shown(conflict.mine, rules), _shown(conflict.theirs, rules)
    labels = rules.make(MultiDict())
    rows = []
    for name in conflict.fields:
        states = {conflict.mine[name], conflict.theirs[name], (conflict.base or conflict.mine)[name]}
        if len(states) > 1:
            rows.append(Row(str(labels[name].label.text), was[name] if was else None, mine[name], theirs[name]))
    return rows


def _pairs(state: State, names: Sequence[str], rules: Rules) -> list[tuple[str, str]]:
    if not names:
        return []
    shown, labels = _shown(state, rules), rules.make(MultiDict())
    return [(str(labels[name].label.text), shown[name]) for name in names]


def _shown(state: State, rules: Rules) -> dict[str, str]:
    """The values of fields as the form shows them to people."""
    form = rules.make(MultiDict([(name, one) for name, ones in state.items() for one in ones]))
    return {name: _text(form[name], state[name]) for name in state}


def _text(each: Field, values: Values) -> str:
    if each.type == "BooleanField":
        return gettext("是") if values else gettext("否")
    if hasattr(each, "iter_choices"):
        words = dict(_options(each))
        return formats.listed(words.get(one, one) for one in values) or gettext("（空）")
    return "\n".join(values) or gettext("（空）")


def _options(each: Field) -> Iterator[tuple[str, str]]:
    """Choices of a select field, grouped or not, as (value, words)."""
    groups = (rows for _name, rows in each.iter_groups()) if each.has_groups() else (each.iter_choices(),)
    for rows in groups:
        for value, text, *_rest in rows:
            yield str(value), str(text)
