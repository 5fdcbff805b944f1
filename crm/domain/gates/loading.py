"""Reading gate definitions from YAML; every complaint is an `Invalid` on `source` that names the line.

Administrators edit the definitions on a page, so a slip of the pen must never pass silently: unknown names, names used
twice, a fact without kind, a gate that asks for what nobody defined are refused with a sentence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

import yaml

from crm.domain.errors import Invalid
from crm.domain.gates.model import (
    COLUMNS,
    After,
    AnyOf,
    Definitions,
    Demand,
    EvidenceKind,
    Fact,
    FactKind,
    Gate,
    Words,
)
from crm.domain.marking import N_
from crm.domain.pipeline import Stage, Track

SHIPPED = Path(__file__).with_name("definitions.yaml")
#: The longest text that is read at all; the shipped one has a fifth of this.
LONGEST = 60_000
#: Deeper nesting means nothing here, and a parser's time grows with it.
DEEPEST = 12
_OPENING = (
    yaml.FlowSequenceStartToken,
    yaml.FlowMappingStartToken,
    yaml.BlockSequenceStartToken,
    yaml.BlockMappingStartToken,
)
_CLOSING = (yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken, yaml.BlockEndToken)
_TRACKS = tuple(track.value for track in Track)
_DEMAND = ("facts", "evidence")


@lru_cache(maxsize=4)
def parse(source: str, version: int) -> Definitions:
    """The definitions that a text means. Invalid(`source`) with the line of the first thing that is wrong."""
    top = _Node(_compose(source)).fields(("facts", "evidence", "gates"))
    facts = {key.name(): _fact(key.name(), value) for key, value in top["facts"].pairs()}
    for key, value in top["facts"].pairs():
        fact = facts[key.name()]
        if fact.instead is not None and fact.instead not in facts:
            raise value.wrong(N_("第 %(line)d 行：没有「%(name)s」这项事实。"), name=fact.instead)
    columns = [fact.column for fact in facts.values() if fact.column]
    if len(columns) != len(set(columns)):
        raise top["facts"].wrong(N_("第 %(line)d 行：两项事实写到了同一个字段。"))
    evidence = {key.name(): EvidenceKind(key.name(), value.words()) for key, value in top["evidence"].pairs()}
    reader = _Gates(facts, evidence)
    gates: dict[tuple[Track, Stage], Gate] = {}
    named = top["gates"].fields(tuple(stage.value for stage in Stage))
    for stage in Stage:
        for track in Track:
            gates[track, stage] = reader.gate(named[stage.value], stage, track)
    return Definitions(version, facts, evidence, gates)


@lru_cache(maxsize=1)
def shipped() -> str:
    """The text that comes with the product: version 0."""
    return SHIPPED.read_text(encoding="utf-8")


def _compose(source: str) -> yaml.Node:
    if len(source) > LONGEST:
        raise Invalid(
            "source", N_("太长：最多 %(max)d 个字，现在是 %(length)d 个字。"), max=LONGEST, length=len(source)
        )
    try:
        depth = 0
        for token in yaml.scan(source):
            # Aliases could blow a short text up; nothing here needs them.
            if isinstance(token, yaml.AliasToken | yaml.AnchorToken | yaml.TagToken):
                raise _at(token.start_mark.line, N_("第 %(line)d 行：不支持锚点、别名和类型标记。"))
            depth += isinstance(token, _OPENING) - isinstance(token, _CLOSING)
            if depth > DEEPEST:
                raise _at(token.start_mark.line, N_("第 %(line)d 行：层次太深，读不下去。"))
        node = yaml.compose(source, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise _at(mark.line if mark else 0, N_("第 %(line)d 行：不是正确的 YAML，请检查缩进、冒号和括号。")) from None
    if node is None:
        raise Invalid("source", N_("定义是空的。"))
    return node


def _at(line: int, sentence: str, **params: object) -> Invalid:
    """The objection with its line, as one sentence."""
    return Invalid("source", sentence, line=line + 1, **params)


class _Node:
    """One value of the text; the readers refuse what is of another kind."""

    def __init__(self, node: yaml.Node) -> None:
        self.node = node

    def wrong(self, sentence: str, **params: object) -> Invalid:
        return _at(self.node.start_mark.line, sentence, **params)

    def pairs(self) -> Iterator[tuple[_Node, _Node]]:
        if not isinstance(self.node, yaml.MappingNode):
            raise self.wrong(N_("第 %(line)d 行：这里应是「名称: 内容」。"))
        seen: set[str] = set()
        for key, value in self.node.value:
            name = _Node(key)
            if name.text() in seen:
                raise name.wrong(N_("第 %(line)d 行：「%(name)s」写了两遍。"), name=name.text())
            seen.add(name.text())
            yield name, _Node(value)

    def fields(self, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> dict[str, _Node]:
        found: dict[str, _Node] = {}
        for key, value in self.pairs():
            if key.text() not in required + optional:
                raise key.wrong(N_("第 %(line)d 行：不认识「%(name)s」。"), name=key.text())
            found[key.text()] = value
        for name in required:
            if name not in found:
                raise self.wrong(N_("第 %(line)d 行：缺少「%(name)s」。"), name=name)
        return found

    def items(self) -> list[_Node]:
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.wrong(N_("第 %(line)d 行：这里应是一个列表。"))
        return [_Node(node) for node in self.node.value]

    def is_list(self) -> bool:
        return isinstance(self.node, yaml.SequenceNode)

    def text(self) -> str:
        if not isinstance(self.node, yaml.ScalarNode) or not self.node.value.strip():
            raise self.wrong(N_("第 %(line)d 行：这里应是一个词。"))
        return self.node.value.strip()

    def name(self) -> str:
        text = self.text()
        if not (text.isascii() and text.isidentifier() and len(text) <= 40):
            raise self.wrong(N_("第 %(line)d 行：「%(name)s」不能作名称：只用英文字母、数字和下划线。"), name=text[:40])
        return text

    def words(self) -> Words:
        pair = [each.text() for each in self.items()]
        if len(pair) != 2:
            raise self.wrong(N_("第 %(line)d 行：用语要写两种：[中文, English]。"))
        return Words(*pair)

    def truth(self) -> bool:
        if self.text() not in ("true", "false"):
            raise self.wrong(N_("第 %(line)d 行：这里应是 true 或 false。"))
        return self.text() == "true"

    def integer(self, low: int, high: int) -> int:
        text = self.text()
        if not (text.isascii() and text.isdigit() and len(text) < 6 and low <= int(text) <= high):
            raise self.wrong(N_("第 %(line)d 行：这里应是 %(low)d 到 %(high)d 的整数。"), low=low, high=high)
        return int(text)


def _fact(key: str, node: _Node) -> Fact:
    found = node.fields(("words", "kind"), ("column", "instead", "choices", "unit", "required"))
    if found["kind"].text() not in {kind.value for kind in FactKind}:
        raise found["kind"].wrong(N_("第 %(line)d 行：不认识「%(name)s」。"), name=found["kind"].text())
    kind = FactKind(found["kind"].text())
    column = found["column"].text() if "column" in found else None
    if column is not None and COLUMNS.get(column) is not kind:
        raise found["column"].wrong(N_("第 %(line)d 行：「%(name)s」这个字段不能存这类事实。"), name=column)
    if (kind is FactKind.CHOICE) != ("choices" in found):
        raise node.wrong(N_("第 %(line)d 行：choice 要列出 choices，别的类型不能有。"))
    return Fact(
        key=key,
        words=found["words"].words(),
        kind=kind,
        column=column,
        choices=tuple((name.name(), value.words()) for name, value in found["choices"].pairs())
        if "choices" in found
        else (),
        unit=found["unit"].words() if "unit" in found else None,
        required=found["required"].truth() if "required" in found else True,
        instead=found["instead"].text() if "instead" in found else None,
    )


class _Gates:
    """Reads gates against the facts and kinds of evidence that are defined."""

    def __init__(self, facts: Mapping[str, Fact], evidence: Mapping[str, EvidenceKind]) -> None:
        self.facts, self.evidence = facts, evidence

    def gate(self, node: _Node, stage: Stage, track: Track) -> Gate:
        found = node.fields((), (*_DEMAND, *_TRACKS, "leave", "approval", "may_skip", "after"))
        own = self.demand(found[track.value].fields((), _DEMAND)) if track.value in found else Demand()
        skip = [each.text() for each in found["may_skip"].items()] if "may_skip" in found else []
        if unknown := [each for each in skip if each not in _TRACKS]:
            raise found["may_skip"].wrong(N_("第 %(line)d 行：不认识「%(name)s」。"), name=unknown[0])
        if track.value in skip and stage in (Stage.RESERVE, Stage.SIGNED, Stage.AT_CAPACITY):
            raise found["may_skip"].wrong(N_("第 %(line)d 行：储备、签约和达产不能跳过。"))
        return Gate(
            stage=stage,
            demand=self.demand(found) + own,
            leave=self.demand(found["leave"].fields((), _DEMAND)) if "leave" in found else Demand(),
            approval=found["approval"].truth() if "approval" in found else False,
            may_skip=track.value in skip,
            after=self.after(found["after"]) if "after" in found else None,
        )

    def demand(self, found: Mapping[str, _Node]) -> Demand:
        facts = [self.fact(each) for each in found["facts"].items()] if "facts" in found else []
        groups = [self.any_of(each) for each in found["evidence"].items()] if "evidence" in found else []
        return Demand(tuple(dict.fromkeys(facts)), tuple(dict.fromkeys(groups)))

    def fact(self, node: _Node) -> Fact:
        if node.text() not in self.facts:
            raise node.wrong(N_("第 %(line)d 行：没有「%(name)s」这项事实。"), name=node.text())
        return self.facts[node.text()]

    def any_of(self, node: _Node) -> AnyOf:
        kinds = node.items() if node.is_list() else [node]
        for kind in kinds:
            if kind.text() not in self.evidence:
                raise kind.wrong(N_("第 %(line)d 行：没有「%(name)s」这种证据。"), name=kind.text())
        return tuple(self.evidence[kind.text()] for kind in kinds)

    def after(self, node: _Node) -> After:
        found = node.fields(("fact", "months"))
        fact = self.fact(found["fact"])
        if fact.kind is not FactKind.DATE:
            raise found["fact"].wrong(N_("第 %(line)d 行：「%(name)s」不是日期。"), name=fact.key)
        return After(fact, found["months"].integer(1, 120))
