"""The forms of outside purchases. They only clean; the service judges."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField
from wtforms.validators import DataRequired, Optional

from crm.domain import quantities
from crm.services.purchases import Order
from crm.services.segments import ChainName, SegmentRow
from crm.web.fields import ChoiceField, DayField, QuantityField
from crm.web.formats import named


class PurchaseForm(FlaskForm):
    """An input that a firm buys outside."""

    version = HiddenField()
    enterprise_id = HiddenField()
    name = StringField(_("谁买"), validators=[DataRequired(message=_("请写是哪家企业。"))])
    product = StringField(_("买什么"), validators=[DataRequired(message=_("请写买的是什么。"))])
    segment_id = ChoiceField(_("本可由哪个环节供应"), validators=[DataRequired(message=_("请选一个环节。"))])
    yearly = QuantityField(_("一年买多少"), lambda text, field, _tenure: quantities.read_money(text, field))
    bought_from = StringField(_("现在从哪里买"))
    wished_km = QuantityField(_("希望多近"), lambda text, field, _tenure: quantities.read_distance(text, field))
    source = StringField(_("谁说的，或哪份材料"), validators=[DataRequired(message=_("请写谁说的，或出自哪份材料。"))])
    recorded_on = DayField(_("哪一天说的"), validators=[Optional()])

    def offer(self, choices: list[tuple[ChainName, list[SegmentRow]]]) -> PurchaseForm:
        """Fill the choices; a form without them accepts nothing."""
        grouped = {named(chain): {str(row.id): named(row) for row in rows} for chain, rows in choices}
        self.segment_id.choices = {"": _("请选"), **grouped}
        return self

    def to_command(self) -> Order:
        return Order(
            enterprise_id=int(self.enterprise_id.data) if (self.enterprise_id.data or "").isdecimal() else 0,
            segment_id=int(self.segment_id.data or 0),
            product=self.product.data or "",
            yearly_fen=self.yearly.number,
            bought_from=self.bought_from.data or "",
            wished_km=self.wished_km.number,
            source=self.source.data or "",
            recorded_on=self.recorded_on.data,
        )


class EndForm(FlaskForm):
    """Why a firm does not buy it outside any more, and since when."""

    version = HiddenField()
    reason = StringField(
        _("为什么结束"), validators=[DataRequired(message=_("请写明为什么结束：改由区内供应、停产，还是记错了。"))]
    )
    on = DayField(_("从哪一天起"), validators=[Optional()])
