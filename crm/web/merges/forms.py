"""Forms of merges. They clean what was chosen; what is allowed is the services' business."""

from __future__ import annotations

from flask import request
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, TextAreaField
from wtforms.validators import InputRequired, Length

from crm.domain.duplicates import Side
from crm.services.merging import FieldRow, MergeKind, MergeRecords
from crm.services.merging.asking import NOTE_LENGTH


class MergeForm(FlaskForm):
    """The versions that the person saw; the choices are radio buttons named after their field."""

    request_id = HiddenField()
    winner_version = HiddenField()
    loser_version = HiddenField()

    @staticmethod
    def choices(rows: tuple[FieldRow, ...]) -> dict[str, Side]:
        """What was chosen for each field; a side that does not exist leaves the proposal."""
        chosen = {row.word: request.form.get(f"take-{row.word}", "") for row in rows}
        return {word: Side(side) for word, side in chosen.items() if side in set(Side)}

    def to_command(self, kind: MergeKind, winner_id: int, loser_id: int, rows: tuple[FieldRow, ...]) -> MergeRecords:
        return MergeRecords(
            kind=kind,
            winner_id=winner_id,
            loser_id=loser_id,
            winner_version=_whole(self.winner_version.data),
            loser_version=_whole(self.loser_version.data),
            choices=self.choices(rows),
            request_id=(self.request_id.data or "")[:40] or None,
        )


class AskForm(FlaskForm):
    """Ask another section's chief to look at two enterprises."""

    note = TextAreaField(
        _l("为什么看作同一家"),
        [
            InputRequired(message=_l("请写一句为什么看作同一家。")),
            Length(max=NOTE_LENGTH, message=_l("最多 %(max)d 个字。")),
        ],
    )


def _whole(text: str | None) -> int:
    """A version number; nonsense is a version that no record has."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else -1
