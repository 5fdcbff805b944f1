"""A plan as a Word document: the same rows as the page, on A4, in fonts that Chinese offices have.

Words are said in the reader's language by `say`; what people and the source wrote stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from chains.engine.model import SegmentStatus
from crm.domain.labels import N_, label
from crm.domain.plans import goal_words
from crm.domain.sentences import Sentence, Translate
from crm.services.plans.view import PlanView
from crm.services.plans.wording import (
    aim_words,
    basis,
    concerned_words,
    district_words,
    map_words,
    plan_title,
    present_words,
    room_words,
    team_words,
)

FONT, LATIN = "Microsoft YaHei", "Arial"
INK, MUTED, LINE = RGBColor(0x1D, 0x27, 0x33), RGBColor(0x5D, 0x6B, 0x7A), "CBD4DC"
_STATUSES = (
    SegmentStatus.STRONG,
    SegmentStatus.WEAK,
    SegmentStatus.FILLING,
    SegmentStatus.MISSING,
    SegmentStatus.UNKNOWN,
)
_POSITIONS = {"upstream": N_("上游"), "midstream": N_("中游"), "downstream": N_("下游"), "": N_("合计")}
_NUMERALS = (N_("一"), N_("二"), N_("三"), N_("四"), N_("五"), N_("六"), N_("七"))


def docx(view: PlanView, say: Translate, named: Callable[[object], str], *, district: str, source: str) -> bytes:
    """The document's bytes. `named` says chains and segments in the reader's language; `district` and `source` name
    the district and the document that sections are of."""
    return _Writer(view, say, named).write(district, source)


class _Writer:
    """One document while it is written."""

    def __init__(self, view: PlanView, say: Translate, named: Callable[[object], str]) -> None:
        self.view = view
        self.named = named
        self._translate = say
        self.file = Document()
        self._sections = 0

    def write(self, district: str, source: str) -> bytes:
        view = self.view
        self._lay_out()
        self._title(district)
        self._head()
        for title, part in (
            (N_("目标"), self._goals),
            (N_("现状"), self._status),
            (N_("链主与龙头"), self._leaders),
            (N_("缺环与动作"), self._gaps),
            (N_("承接载体"), self._parks),
            (N_("分层措施"), self._measures),
            (N_("任务"), self._tasks),
        ):
            self._heading(title)
            part()
        self._small(basis(self.say, source))
        self.file.core_properties.title = self.title()
        self.file.core_properties.author = district
        self.file.core_properties.comments = view.document.standing
        kept = BytesIO()
        self.file.save(kept)
        return kept.getvalue()

    def say(self, msgid: str, **params: object) -> str:
        return Sentence(msgid, params).say(self._translate)

    def title(self) -> str:
        return plan_title(self.view, self.say, self.named(self.view.facts))

    # ── Parts ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _title(self, district: str) -> None:
        paragraph = self.file.add_paragraph(style="Title")
        paragraph.add_run(self.title())
        version = self.view.version
        state = self.say(label(version.state)) if version else ""
        number = self.say(N_("第 %(number)s 版"), number=version.number) if version else ""
        on = f"{self.view.on:%Y-%m-%d}"
        demo = [self.say(N_("示例文件，数字为演示"))] if self.view.is_demo else []
        self._small(" · ".join(part for part in (district, number, state, on, *demo) if part))

    def _head(self) -> None:
        document, unknown = self.view.document, self.say(N_("未定"))
        cells = (
            (N_("链长"), document.chief or unknown),
            (N_("牵头部门"), document.lead_unit or unknown),
            (N_("专班"), team_words(self.view, self.say)),
            (N_("图谱版本"), map_words(self.view, self.say)),
        )
        self._table([self.say(name) for name, _value in cells], [[value for _name, value in cells]])

    def _goals(self) -> None:
        for row in self.view.goals:
            text = goal_words(row.goal).say(self._translate)
            now = present_words(row, self.say)
            section = f" [{row.goal.section}]" if row.goal.section else ""
            self.file.add_paragraph(
                f"{text}{section}{self.say(N_('；'))}{now}" if now else text + section, "List Bullet"
            )
        if not self.view.goals:
            self._small(self.say(N_("还没有写目标。")))
        if self.view.district_goals:
            self._small(district_words(self.view, self.say))

    def _status(self) -> None:
        head = [N_("位置"), N_("环节"), *(label(status) for status in _STATUSES), N_("企业")]
        rows = [
            [
                self.say(_POSITIONS[row.position]),
                str(row.segments),
                *(str(row.counts[status]) for status in _STATUSES),
                str(row.firms),
            ]
            for row in self.view.positions
        ]
        self._table([self.say(name) for name in head], rows, numbers=range(1, len(head)))
        if self.view.document.standing:
            self.file.add_paragraph(self.view.document.standing)

    def _leaders(self) -> None:
        head = (N_("企业或机构"), N_("所在环节"), N_("身份"), N_("来源"))
        rows = [
            [
                row.name,
                "、".join(map(self.named, row.segments)) or self.say(N_("待专班归环节")),
                self.say(N_("链主")) if row.is_leader else self.say(N_("文件列为龙头")),
                "、".join(row.sections),
            ]
            for row in self.view.leaders
        ]
        self._table([self.say(name) for name in head], rows)
        if self.view.document.firms_note:
            self._small(self.view.document.firms_note)

    def _gaps(self) -> None:
        if not self.view.gaps_chosen:
            self._small(self.say(N_("本版还没有选定缺环；下表是图谱现在的优先次序。")))
        head = (N_("环节"), N_("状态"), N_("动作"), N_("优先级"), N_("承接"), N_("瞄准"))
        rows = [
            [
                self.named(row.segment),
                self.say(label(row.segment.state.status)),
                self.say(label(row.segment.state.action)),
                str(row.segment.state.priority),
                room_words(row, self.say),
                aim_words(row, self.say),
            ]
            for row in self.view.gaps
        ]
        self._table([self.say(name) for name in head], rows, numbers=(3,))

    def _parks(self) -> None:
        if not self.view.parks_chosen:
            self._small(self.say(N_("本版还没有安排载体；下表是定位写到本链的载体。")))
        head = (N_("载体"), N_("定位"), N_("分工"), N_("来源"))
        rows = [[row.name, row.positioning, row.entry.role, "、".join(row.sections)] for row in self.view.parks]
        self._table([self.say(name) for name in head], rows)

    def _measures(self) -> None:
        head = (N_("层级"), N_("措施与条件"), N_("本链对象"), N_("来源"))
        rows = []
        for row in self.view.measures:
            texts = [f"{each.text}（{each.condition}）" if each.condition else each.text for each in row.measures]
            names = concerned_words(row.names, row.count, self.say)
            rows.append([self.say(label(row.tier)), "\n".join(texts), names, "、".join(row.sections)])
        self._table([self.say(name) for name in head], rows)

    def _tasks(self) -> None:
        head = (N_("任务"), N_("责任人"), N_("期限"), N_("状态"), N_("来源"))
        rows = [
            [
                row.task.text + (f"\n{row.task.outcome}" if row.task.outcome else ""),
                row.task.owner.name if row.task.owner else self.say(N_("未指定")),
                f"{row.task.due_on:%Y-%m-%d}" if row.task.due_on else self.say(N_("未定")),
                row.words.say(self._translate),
                row.task.section or "",
            ]
            for row in self.view.tasks
        ]
        self._table([self.say(name) for name in head], rows)

    # ── Form ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _lay_out(self) -> None:
        page = self.file.sections[0]
        page.page_width, page.page_height = Mm(210), Mm(297)
        page.left_margin = page.right_margin = Mm(20)
        page.top_margin, page.bottom_margin = Mm(18), Mm(16)
        for name, size in (("Normal", 10.5), ("Title", 20), ("Heading 1", 13), ("List Bullet", 10.5)):
            style = self.file.styles[name]
            style.font.name, style.font.size, style.font.color.rgb = LATIN, Pt(size), INK
            style.font.bold = name != "Normal" and name != "List Bullet"
            fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
            for kind in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
                fonts.attrib.pop(qn(f"w:{kind}"), None)
            fonts.set(qn("w:eastAsia"), FONT)
            fonts.set(qn("w:hAnsi"), LATIN)
        footer = page.footer.paragraphs[0]
        footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
        run = footer.add_run()
        run.font.size, run.font.color.rgb = Pt(8), MUTED
        for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
            part = OxmlElement("w:fldChar" if kind else "w:instrText")
            if kind:
                part.set(qn("w:fldCharType"), kind)
            else:
                part.text = text
            run._r.append(part)

    def _heading(self, title: str) -> None:
        numeral = self.say(_NUMERALS[self._sections])
        self._sections += 1
        self.file.add_heading(self.say(N_("%(numeral)s、%(title)s"), numeral=numeral, title=self.say(title)), level=1)

    def _small(self, text: str) -> None:
        run = self.file.add_paragraph().add_run(text)
        run.font.size, run.font.color.rgb = Pt(8.5), MUTED

    def _table(self, head: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int] | range = ()) -> None:
        if not rows:
            self._small(self.say(N_("无")))
            return
        table = self.file.add_table(rows=1, cols=len(head))
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        _rule(table)
        _fill(table.rows[0].cells, head, numbers, bold=True)
        _repeat(table.rows[0])
        for row in rows:
            _fill(table.add_row().cells, row, numbers)


def _fill(cells: Sequence, texts: Sequence[str], numbers: Sequence[int] | range, *, bold: bool = False) -> None:
    for place, (cell, text) in enumerate(zip(cells, texts, strict=True)):
        paragraph = cell.paragraphs[0]
        paragraph.paragraph_format.space_after = Pt(2)
        if place in numbers:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        run = paragraph.add_run(text)
        run.bold, run.font.size = bold, Pt(9)


def _rule(table) -> None:
    """Horizontal lines only, as on the page."""
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "bottom", "insideH"):
        line = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", LINE)):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    table._tbl.tblPr.append(borders)


def _repeat(row) -> None:
    """The head stands on every page that the table runs over."""
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)
