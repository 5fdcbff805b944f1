"""Changes and conflicts of chain maps in words, in the reader's language; signs carry the kind, colour only repeats it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from flask_babel import get_locale, gettext, lazy_gettext

from chains.engine.diff import Change, ChangeKind
from chains.engine.merge import Conflict
from chains.engine.model import Chain, Confidence, Reference, Segment, Source, SourceRef, Survey
from chains.engine.subjects import Entry, Subject, SubjectKind, facts_of
from crm.domain.labels import label
from crm.domain.space import EnvClass
from crm.services.chain_maps import POSITIONS, MapConflict
from crm.web import formats

_KINDS = {
    ChangeKind.ADDED: lazy_gettext("新增"),
    ChangeKind.REMOVED: lazy_gettext("移除"),
    ChangeKind.RENAMED: lazy_gettext("改名"),
    ChangeKind.MOVED: lazy_gettext("移动"),
    ChangeKind.CHANGED: lazy_gettext("修改"),
}
_SIGNS = {
    ChangeKind.ADDED: "＋",
    ChangeKind.REMOVED: "－",
    ChangeKind.RENAMED: "✎",
    ChangeKind.MOVED: "⇅",
    ChangeKind.CHANGED: "～",
}
_SUBJECTS = {
    SubjectKind.CHAIN: lazy_gettext("整条链"),
    SubjectKind.SOURCE: lazy_gettext("来源"),
    SubjectKind.SPACE: lazy_gettext("空间模板"),
    SubjectKind.SEGMENT: lazy_gettext("环节"),
    SubjectKind.EDGE: lazy_gettext("供应关系"),
    SubjectKind.PLACEMENT: lazy_gettext("企业"),
}
_FIELDS = {
    "name_zh": lazy_gettext("名称"),
    "name_en": lazy_gettext("英文名"),
    "position": lazy_gettext("位置"),
    "parent": lazy_gettext("分组"),
    "place": lazy_gettext("位置与分组"),
    "order": lazy_gettext("顺序"),
    "products": lazy_gettext("产品"),
    "gbt": lazy_gettext("行业代码"),
    "aliases": lazy_gettext("别名"),
    "space": lazy_gettext("空间模板"),
    "sources": lazy_gettext("来源"),
    "reference": lazy_gettext("参照企业数"),
    "survey": lazy_gettext("调研"),
    "share": lazy_gettext("份额"),
    "section": lazy_gettext("文件章节"),
    "leader": lazy_gettext("链主"),
    "note": lazy_gettext("备注"),
    "source": lazy_gettext("来源"),
    "on": lazy_gettext("确认日期"),
    "confidence": lazy_gettext("可信度"),
    "uscc": lazy_gettext("统一社会信用代码"),
    "title": lazy_gettext("标题"),
    "date": lazy_gettext("日期"),
    "status": lazy_gettext("版本状态"),
    "summary": lazy_gettext("概括"),
    "sections": lazy_gettext("文件章节"),
    "area_min_m2": lazy_gettext("面积下限（㎡）"),
    "area_max_m2": lazy_gettext("面积上限（㎡）"),
    "env_class": lazy_gettext("环评类别"),
    "load_kg_m2": lazy_gettext("楼面荷载（kg/㎡）"),
    "clear_height_cm": lazy_gettext("净高（cm）"),
    "power_kva": lazy_gettext("用电容量（kVA）"),
    "estimate": lazy_gettext("估计值"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One change: what kind, of what, and each field before and after in words."""

    kind: str
    sign: str
    word: str
    subject: str
    name: str
    fields: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """One conflict: three states in words."""

    key: str
    label: str
    was: str
    mine: str
    theirs: str


def counted(changes: Iterable[Change]) -> str:
    """新增 2 处、改名 1 处."""
    counts = Counter(change.kind for change in changes)
    return formats.listed(
        gettext("%(kind)s %(count)s 处", kind=str(_KINDS[kind]), count=counts[kind]) for kind in _KINDS if counts[kind]
    )


def lines(changes: Sequence[Change], before: Chain, after: Chain) -> list[tuple[str, list[Line]]]:
    """The changes in words, by kind of subject."""
    groups: dict[SubjectKind, list[Line]] = {}
    for change in changes:
        source = before if change.kind is ChangeKind.REMOVED else after
        groups.setdefault(change.subject.kind, []).append(
            Line(
                kind=change.kind.value,
                sign=_SIGNS[change.kind],
                word=str(_KINDS[change.kind]),
                subject=str(_SUBJECTS[change.subject.kind]),
                name=name(change.subject, source),
                fields=tuple(
                    (str(_FIELDS[field]), value(field, was, before), value(field, now, after))
                    for field, was, now in change.fields
                ),
            )
        )
    return [(str(_SUBJECTS[kind]), found) for kind, found in groups.items()]


def conflict(found: Conflict, whole: MapConflict) -> ConflictRow:
    """A conflict in words."""
    about = next(
        (
            chain
            for chain in (whole.base, whole.theirs, whole.mine)
            if all(any(each.key == key for each in chain.segments) for key in found.subject.segments)
        ),
        whole.base,
    )
    if found.field == "order":
        position, group = found.subject.key[0], found.subject.key[1:]
        where = _segment(group[0], about) if group else gettext(POSITIONS.get(position, position))
        title = gettext("「%(where)s」里的顺序", where=where)
    else:
        title = f"{_SUBJECTS[found.subject.kind]} {name(found.subject, about)}".strip()
        if found.field:
            title = f"{title} · {_FIELDS[found.field]}"
    was, mine, theirs = (
        _state(found, side, chain)
        for side, chain in ((found.base, whole.base), (found.mine, whole.mine), (found.theirs, whole.theirs))
    )
    return ConflictRow(found.key, title, was, mine, theirs)


def name(subject: Subject, chain: Chain) -> str:
    """What a subject is called."""
    match subject.kind:
        case SubjectKind.CHAIN:
            return chain.name_zh
        case SubjectKind.SEGMENT:
            return _segment(subject.key[0], chain)
        case SubjectKind.EDGE:
            return " → ".join(_segment(key, chain) for key in subject.key)
        case SubjectKind.PLACEMENT:
            segment = _segment(subject.key[1], chain)
            return gettext("%(firm)s（在「%(segment)s」）", firm=subject.key[0], segment=segment)
        case SubjectKind.SOURCE:
            return _source(subject.key[0], chain)
        case SubjectKind.SPACE:
            return next((each.name_zh for each in chain.spaces if each.key == subject.key[0]), subject.key[0])


def value(field: str, found: object, chain: Chain) -> str:
    """A value of a field in words; what is not there is said to be empty."""
    if found is None or found == () or found == "":
        return gettext("不分组") if field == "parent" else gettext("（空）")
    if field == "position":
        return gettext(POSITIONS.get(str(found), str(found)))
    if field == "parent":
        return _segment(str(found), chain)
    if field == "space":
        return next((each.name_zh for each in chain.spaces if each.key == found), str(found))
    if field == "confidence":
        return gettext(label(Confidence(str(found))))
    if field == "env_class" and found in list(EnvClass):
        return gettext(label(EnvClass(str(found))))
    return _plain(field, found, chain)


def _plain(field: str, found: object, chain: Chain) -> str:
    match found:
        case bool():
            return gettext("是") if found else gettext("否")
        case Fraction():
            return share(found)
        case Survey():
            return " ".join(each for each in (found.on, found.by, found.note) if each)
        case Reference():
            return " ".join(each for each in (str(found.total), found.source, found.date) if each)
        case tuple() if field == "order":
            return formats.listed(_segment(str(key), chain) for key in found)
        case tuple():
            return formats.listed(_one(each, chain) for each in found)
    return str(found)


def _one(found: object, chain: Chain) -> str:
    if isinstance(found, SourceRef):
        title = _source(found.key, chain)
        return f"{title} {found.section}" if found.section else title
    return str(found)


def share(found: Fraction | None) -> str:
    """3/4（75%）."""
    if found is None:
        return ""
    percent = f"{float(found * 100):.4g}%"
    return f"{found.numerator}/{found.denominator}（{percent}）"


def _state(found: Conflict, side: object, chain: Chain) -> str:
    if found.field == "place" and isinstance(side, tuple):
        position, parent = side
        return f"{value('position', position, chain)} · {value('parent', parent, chain)}"
    if found.field:
        return value(found.field, side, chain)
    if side is None:
        return gettext("没有（已移除）") if found.base is not None else gettext("没有")
    facts = facts_of(side) if isinstance(side, Entry) else {}
    told = [
        f"{_FIELDS[field]}：{value(field, each, chain)}" for field, each in facts.items() if each not in (None, (), "")
    ]
    return "\n".join(told[:6]) or gettext("有")


def source_title(source: Source) -> str:
    """What a source is called; knowledge of the trade, which every shipped map rests on, by the product's own word."""
    return gettext("行业常识，未引用文件") if source.key == "industry" else source.title


def _source(key: str, chain: Chain) -> str:
    return next((source_title(each) for each in chain.sources if each.key == key), key)


def segment_name(segment: Segment) -> str:
    """A segment's name in the reader's language: the Chinese one where there is no English."""
    return segment.name_zh if str(get_locale()).startswith("zh") or not segment.name_en else segment.name_en


def _segment(key: str, chain: Chain) -> str:
    return next((segment_name(each) for each in chain.segments if each.key == key), key)
