"""The form of one gate, made from what the gate asks for: a field a fact, and file, note and date a kind of evidence.

It only cleans. `pieces` gives what is valid, so that one slip of the pen loses nothing of the rest, files least of all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import Optional

from crm.domain.errors import DomainError, Invalid
from crm.domain.gates import Demand, EvidenceKind, Fact, FactKind
from crm.services.attachments import Upload
from crm.services.gates import Kind, Proof, Resigning
from crm.services.gates.proposals import Offers
from crm.web import kit
from crm.web.fields import ChoiceRadioField, DayField
from crm.web.projects import values
from crm.web.stages import say

_ = lazy_gettext


class GateForm(FlaskForm):
    """What every gate has: the version, a remark, and the answer to re-signing."""

    version = HiddenField()
    reason = TextAreaField(_("备注"))
    resigning = ChoiceRadioField(_("这份合同是"))
    resigning_reason = TextAreaField(_("说明"))

    #: Set by `form_for`.
    asked: Demand = Demand()

    def fact(self, fact: Fact):
        """The field of a fact."""
        return self[f"fact_{fact.key}"]

    def file(self, kind: EvidenceKind):
        return self[f"file_{kind.key}"]

    def note(self, kind: EvidenceKind):
        return self[f"note_{kind.key}"]

    def dated(self, kind: EvidenceKind):
        return self[f"dated_{kind.key}"]

    def answer(self) -> Resigning | None:
        """What the person says of a second contract; None if not asked or not answered."""
        if not self.resigning.data:
            return None
        return Resigning(kind=Kind(self.resigning.data), reason=self.resigning_reason.data or "")


@dataclass(frozen=True, slots=True)
class Pieces:
    """What of a posted form is valid."""

    facts: dict[str, object]
    proofs: list[Proof]


def form_for(asked: Demand, offers: Offers, segments: Iterable, *, land: bool) -> type[GateForm]:
    """The form class of one step; `segments` are those of `leads.choices.segments`, grouped by chain."""
    offered: dict[FactKind, dict[str, object]] = {
        FactKind.SEGMENT: {chain: {str(key): name for key, name, _words in rows} for chain, rows in segments},
        FactKind.PARK: {str(key): name for key, name in offers.parks},
        FactKind.CONTACT: {str(each.id): _contact(each) for each in offers.contacts},
    }
    fields: dict[str, object] = {"asked": asked}
    for fact in asked.facts:
        fields[f"fact_{fact.key}"] = values.field_of(fact, offered, land=land)
    for kind in kinds_of(asked):
        fields[f"file_{kind.key}"] = FileField(say(kind.words))
        fields[f"note_{kind.key}"] = StringField(_("说明或存放处"))
        fields[f"dated_{kind.key}"] = DayField(_("材料日期"), validators=[Optional()])
    return type("StepForm", (GateForm,), fields)


def kinds_of(asked: Demand) -> list[EvidenceKind]:
    """Every kind of evidence that is asked for, once."""
    return list(dict.fromkeys(kind for group in asked.evidence for kind in group))


def prefilled(asked: Demand, known: Mapping[str, object], *, land: bool) -> dict[str, object]:
    """Data of a form that is opened: stored values as their fields take them."""
    return {f"fact_{fact.key}": values.typed(fact, known.get(fact.key), land=land) for fact in asked.facts}


def offer_resigning(form: GateForm) -> None:
    form.resigning.choices = {
        Kind.INCREASE.value: gettext("原项目的增资：金额记到原项目，不另计项目"),
        Kind.ANOTHER.value: gettext("确实是另一个项目：另计"),
        Kind.REPEAT.value: gettext("重复签约：不计项目，也不计金额"),
    }


def pieces(form: GateForm) -> Pieces:
    """Valid facts by key, and what is handed in as evidence."""
    facts = {fact.key: values.given(fact, form.fact(fact)) for fact in form.asked.facts if not form.fact(fact).errors}
    proofs = []
    for kind in kinds_of(form.asked):
        file, note, dated = form.file(kind), form.note(kind), form.dated(kind)
        if not dated.errors and (file.data or note.data or dated.data):
            upload = Upload(file.data.filename, file.data.stream) if file.data and file.data.filename else None
            proofs.append(Proof(kind=kind.key, upload=upload, note=note.data or "", dated_on=dated.data))
    return Pieces({key: value for key, value in facts.items() if value is not None}, proofs)


def beside(form: GateForm, error: DomainError, kind: str = "") -> None:
    """Put an objection beside the field of the fact or proof that it names, or at the head of the form."""
    key = error.field if isinstance(error, Invalid) else ""
    for name in (f"fact_{key}", f"file_{kind or key}", key):
        field = form._fields.get(name) if key or kind else None
        if field is not None:
            field.errors = [*field.errors, kit.sentence(error)]
            return
    form.form_errors.append(kit.sentence(error))


def _contact(contact) -> str:
    words = [contact.name, contact.title, gettext("决策人") if contact.is_decision_maker else ""]
    return " · ".join(word for word in words if word)
