"""The chain engine: files are read strictly, wrong chains are named, and our own maps are sound."""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path

import pytest

from chains.engine.check import ProblemKind, check, find_cycles
from chains.engine.loader import DATA, load, load_all, load_plan
from chains.engine.model import Chain, Edge, Placement, Position, Segment, Source, SourceRef, SpaceTemplate
from chains.engine.reading import FileError
from crm.domain.enterprises.gbt4754 import table
from crm.domain.policies import Tier
from crm.domain.space import EnvClass

REFERENCE = Path(__file__).resolve().parents[3] / "shared" / "data" / "gbt4754-2017.csv"
MAPS = sorted(path.name for path in DATA.iterdir() if path.is_dir())

SMALL = """\
key: tea
name: {zh: 茶, en: Tea}
summary: 从茶园到茶馆
sections: [四（四）3（3）]
sources:
  industry: {title: industry knowledge, date: '2026-11-24'}
spaces:
  shop: {zh: 茶铺, area_m2: [30, 300], env_class: exempt, load_kg_m2: 300, estimate: true}
segments:
  - {key: grow, position: upstream, name: {zh: 种植, en: Growing}, gbt: ['0164'], sources: [industry]}
  - {key: make, position: midstream, name: {zh: 加工, en: Making}, gbt: ['1530'], sources: [industry]}
  - key: sell
    position: downstream
    name: {zh: 零售, en: Selling}
    gbt: ['5226']
    space: shop
    sources: [industry]
supplies:
  grow: [{to: make, share: '3/4'}]
  make: [sell]
"""


@pytest.fixture
def write(tmp_path: Path):
    """Writes the small map with replacements and returns its path."""

    def _write(*changes: tuple[str, str]) -> Path:
        text = SMALL
        for old, new in changes:
            assert text.count(old) >= 1, old
            text = text.replace(old, new, 1)
        folder = tmp_path / "tea"
        folder.mkdir(exist_ok=True)
        (folder / "map.yaml").write_text(text, encoding="utf-8")
        return folder / "map.yaml"

    return _write


def test_a_small_map_is_read_as_written(write):
    chain = load(write())
    assert [segment.key for segment in chain.segments] == ["grow", "make", "sell"]
    assert chain.edges[0].share == Fraction(3, 4)
    assert chain.edges[1].share is None
    assert chain.space_of(chain.segment("sell")).area_max_m2 == 300
    assert chain.segment("sell").line == 12
    assert check(chain, {"0164", "1530", "5226"}) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("summary: 从茶园到茶馆", "summary: 从茶园到茶馆\nsummary: 又一次", 4, "duplicate key 'summary'"),
        ("summary: 从茶园到茶馆\n", "", 1, "missing field 'summary'"),
        ("summary: 从", "colour: red\nsummary: 从", 3, "unknown field 'colour'"),
        ("summary: 从茶园到茶馆", "summary: 12", 3, "expected text, found '12'"),
        ("summary: 从茶园到茶馆", "summary: [从]", 3, "found a list or a mapping"),
        ("summary: 从茶园到茶馆", "summary: '  '", 3, "found nothing"),
        ("sections: [四（四）3（3）]", "sections: 四", 4, "expected a list"),
        ("sections: [四（四）3（3）]", "sections: [四, 四]", 4, "listed twice"),
        ("key: tea", "key: Tea!", 1, "is not a key"),
        ("key: tea", "key: coffee", 1, "differs from the folder's name"),
        ("position: midstream", "position: sideways", 11, "'sideways' is not one of"),
        ("position: midstream, ", "", 11, "missing field 'position'"),
        ("key: make,", "key: grow,", 11, "duplicate segment 'grow', first on line 10"),
        ("gbt: ['1530']", "gbt: [1530]", 11, "quote it"),
        ("gbt: ['1530']", "gbt: ['15301']", 11, "is not a GB/T 4754 code"),
        ("env_class: exempt", "env_class: none", 8, "'none' is not one of"),
        ("area_m2: [30, 300]", "area_m2: [300, 30]", 8, "smallest, largest"),
        ("area_m2: [30, 300]", "area_m2: [0, 30]", 8, "whole number"),
        ("load_kg_m2: 300", "load_kg_m2: 2.5", 8, "whole number"),
        ("load_kg_m2: 300", "load_kg_m2: .inf", 8, "not a decimal number"),
        ("load_kg_m2: 300", "load_kg_m2: .nan", 8, "not a decimal number"),
        ("load_kg_m2: 300", "load_kg_m2: 0x10", 8, "not a decimal number"),
        ("estimate: true", "estimate: perhaps", 8, "true or false"),
        ("share: '3/4'", "share: 0.75", 19, "expected text"),
        ("share: '3/4'", "share: '3/0'", 19, "as a fraction"),
        ("make: [sell]", "make: [sell, sell]", 20, "supplies 'sell' twice"),
        ("make: [sell]", "make: [sell", 21, ""),
        ("key: tea", "key: &a tea\nother: *a", 1, "anchors and aliases"),
        ("key: tea", "? [a, b]\n: tea", 1, "a key must be plain text"),
        ("key: tea", "\tkey: tea", 1, ""),
    ],
)
def test_a_mistake_in_a_map_is_named_with_its_line(write, old, new, line, words):
    path = write((old, new))
    with pytest.raises(FileError) as caught:
        load(path)
    assert words in caught.value.sentence
    assert caught.value.line == line
    assert str(caught.value).startswith(f"{path}:{line}: ")


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (b"", 1, "is empty"),
        (b"# nothing\n", 1, "is empty"),
        (b"key: tea\nname: \xff\xfe\n", 2, "is not UTF-8"),
        (b"key: tea\x00", 0, "is not YAML"),
        (b"- a\n- b\n", 1, "expected a mapping"),
        (b"key: tea\n---\nkey: two\n", 2, ""),
        (b"[" * 5000, 0, ""),
        (b"#" * 2_000_001, 0, "is larger than"),
    ],
)
def test_a_file_that_is_no_map_is_refused_with_a_sentence(tmp_path, content, line, words):
    (tmp_path / "map.yaml").write_bytes(content)
    with pytest.raises(FileError) as caught:
        load(tmp_path)
    assert words in caught.value.sentence
    assert caught.value.sentence
    assert caught.value.line == line or content.startswith(b"[")


def test_a_missing_file_or_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(FileError, match="cannot be read"):
        load(tmp_path)
    with pytest.raises(FileError, match="holds no chain"):
        load_all(tmp_path)


def _segment(key: str, position: str = "midstream", **more: object) -> Segment:
    facts = {
        "gbt": ("1530",),
        "sources": (SourceRef("industry"),),
        "name_zh": f"环节{key}",
        "name_en": key,
        **more,
    }
    return Segment(key=key, position=position, **facts)


def _chain(segments, edges=(), **more) -> Chain:
    facts = {
        "key": "x",
        "name_zh": "例",
        "name_en": "example",
        "summary": "例",
        "sections": (),
        "sources": (Source("industry", "industry knowledge", date="2026-11-24"),),
        "spaces": (),
        "segments": tuple(segments),
        "edges": tuple(Edge(*edge) if isinstance(edge, tuple) else edge for edge in edges),
        **more,
    }
    return Chain(**facts)


def _three() -> list[Segment]:
    return [_segment("a", "upstream"), _segment("b"), _segment("c", "downstream")]


def _kinds(chain: Chain, codes=None) -> set[ProblemKind]:
    return {problem.kind for problem in check(chain, codes)}


def test_a_sound_chain_has_no_problem():
    assert check(_chain(_three(), [("a", "b"), ("b", "c")]), {"1530"}) == []


def test_a_cycle_is_named_from_end_to_end():
    segments = [*_three(), _segment("d"), _segment("e")]
    chain = _chain(segments, [("a", "b"), ("b", "d"), ("d", "e"), ("e", "b"), ("b", "c")])
    (problem,) = check(chain)
    assert problem.kind is ProblemKind.CYCLE
    assert problem.sentence == "cycle: 环节b → 环节d → 环节e → 环节b (b → d → e → b)"


def test_a_segment_that_supplies_itself_is_a_cycle():
    assert find_cycles([Edge("a", "a")]) == [("a",)]


def test_two_separate_cycles_are_both_found_and_a_diamond_is_none():
    cycles = find_cycles([Edge("a", "b"), Edge("b", "a"), Edge("x", "y"), Edge("y", "x")])
    assert {frozenset(cycle) for cycle in cycles} == {frozenset("ab"), frozenset("xy")}
    assert find_cycles([Edge("a", "b"), Edge("a", "c"), Edge("b", "d"), Edge("c", "d")]) == []


def test_a_very_long_chain_is_walked_without_recursion():
    line = [Edge(str(i), str(i + 1)) for i in range(20_000)]
    assert find_cycles(line) == []
    assert len(find_cycles([*line, Edge("20000", "0")])[0]) == 20_001


AB, BC, BD = ("a", "b"), ("b", "c"), ("b", "d")


@pytest.mark.parametrize(
    ("more", "edges", "kind", "words"),
    [
        ([_segment("d")], [AB, BC], ProblemKind.ORPHAN, "'d' neither"),
        ([_segment("a", "upstream")], [AB, BC], ProblemKind.DUPLICATE, "2 times"),
        ([_segment("d", name_zh="环节b")], [AB, BC, BD], ProblemKind.DUPLICATE, "'环节b' is used by b, d"),
        ([_segment("d", parent="no")], [AB, BC, BD], ProblemKind.PARENT, "unknown parent 'no'"),
        ([_segment("d", parent="g"), _segment("g", parent="h")], [AB, BC], ProblemKind.PARENT, "two levels"),
        (
            [_segment("d", "upstream", parent="g"), _segment("g")],
            [AB, BC],
            ProblemKind.PARENT,
            "'g' midstream",
        ),
        ([_segment("d", "", parent="g"), _segment("g")], [AB, BC], ProblemKind.PARENT, "before its parent"),
        ([_segment("d", "sideways")], [AB, BC, BD], ProblemKind.POSITION, "unknown position 'sideways'"),
        ([], [AB, BC, ("b", "z")], ProblemKind.EDGE, "no segment 'z'"),
        ([], [AB, BC, ("c", "a")], ProblemKind.EDGE, "downstream 'c' cannot supply"),
        (
            [_segment("g"), _segment("d", parent="g")],
            [AB, BC, ("a", "g")],
            ProblemKind.EDGE,
            "'g' is a group",
        ),
        ([], [AB, AB, BC], ProblemKind.DUPLICATE, "supplies 'b' 2 times"),
        ([], [(*AB, Fraction(3, 2)), BC], ProblemKind.SHARE, "3/2 is not a share"),
        ([], [AB, ("a", "c", Fraction(2, 3)), (*BC, Fraction(1, 2))], ProblemKind.SHARE, "add up to 7/6"),
        ([_segment("d", sources=())], [AB, BC, BD], ProblemKind.SOURCE, "'d' has no source"),
        (
            [_segment("d", sources=(SourceRef("no"),))],
            [AB, BC, BD],
            ProblemKind.SOURCE,
            "unknown source 'no'",
        ),
        ([_segment("d", space="hall")], [AB, BC, BD], ProblemKind.SPACE, "unknown space 'hall'"),
        ([_segment("d", gbt=())], [AB, BC, BD], ProblemKind.CODE, "'d' has no GB/T code"),
        ([_segment("d", gbt=("9999",))], [AB, BC, BD], ProblemKind.CODE, "no code '9999'"),
    ],
)
def test_the_checker_names_what_is_wrong(more, edges, kind, words):
    problems = check(_chain([*_three(), *more], edges), {"1530"})
    assert any(problem.kind is kind and words in problem.sentence for problem in problems), problems


def test_a_chain_without_an_end_is_named():
    problems = check(_chain([_segment("a", "upstream"), _segment("b")], [AB]))
    assert [problem.sentence for problem in problems] == ["no segment is downstream"]


def test_a_document_must_be_cited_with_its_section_and_every_source_dated():
    draft = Source("draft", "document", status="征求意见稿")
    segments = [*_three(), _segment("d", sources=(SourceRef("draft"),))]
    chain = _chain(segments, [("a", "b"), ("b", "c"), ("b", "d")], sources=(draft, Source("industry", "unknown")))
    sentences = [problem.sentence for problem in check(chain) if problem.kind is ProblemKind.SOURCE]
    assert any("without a section" in sentence for sentence in sentences)
    assert any("neither a date nor a status" in sentence for sentence in sentences)


def test_a_placement_needs_a_real_segment_and_a_section():
    placed = (Placement("甲", "no", "四"), Placement("乙", "b", ""))
    chain = _chain(_three(), [("a", "b"), ("b", "c")], placements=placed)
    assert [problem.kind for problem in check(chain)] == [ProblemKind.PLACEMENT] * 2


def test_an_impossible_space_template_is_named():
    space = SpaceTemplate("hall", "厅", area_min_m2=10, area_max_m2=5, env_class="wild")
    assert _kinds(_chain(_three(), [("a", "b"), ("b", "c")], spaces=(space,))) == {ProblemKind.SPACE}


def _reach(start: set[str], edges: list[tuple[str, str]]) -> set[str]:
    reached, waiting = set(start), list(start)
    while waiting:
        key = waiting.pop()
        for frm, to in edges:
            if frm == key and to not in reached:
                reached.add(to)
                waiting.append(to)
    return reached


@pytest.mark.parametrize("name", MAPS)
class TestOurMaps:
    def test_the_map_is_sound(self, name):
        assert check(load(DATA / name), table()) == []

    def test_the_map_has_between_30_and_60_segments_in_three_positions(self, name):
        chain = load(DATA / name)
        assert 30 <= len(chain.leaves()) <= 60
        for position in Position:
            assert sum(leaf.position == position for leaf in chain.leaves()) >= 8

    def test_every_segment_lies_on_a_way_from_upstream_to_downstream(self, name):
        chain = load(DATA / name)
        edges = [(edge.frm, edge.to) for edge in chain.edges]
        ends = {p: {s.key for s in chain.leaves() if s.position == p} for p in Position}
        forward = _reach(ends[Position.UPSTREAM], edges)
        backward = _reach(ends[Position.DOWNSTREAM], [(to, frm) for frm, to in edges])
        assert {segment.key for segment in chain.leaves()} == forward & backward

    def test_every_segment_has_a_group_products_and_words_in_both_languages(self, name):
        chain = load(DATA / name)
        for leaf in chain.leaves():
            assert leaf.parent in chain.group_keys(), leaf.key
            assert leaf.products, leaf.key
            assert leaf.name_en.isascii(), leaf.key

    def test_every_space_template_is_used_and_marked_as_an_estimate(self, name):
        chain = load(DATA / name)
        used = {leaf.space for leaf in chain.leaves()}
        for space in chain.spaces:
            assert space.estimate, space.key
            assert space.key in used, space.key
            assert space.env_class in list(EnvClass)

    def test_the_plan_names_measures_for_every_tier(self, name):
        plan = load_plan(DATA / name)
        assert plan.chain == name
        assert {measure.tier for measure in plan.measures} == {tier.value for tier in Tier}
        assert (plan.chief, plan.lead_unit) == (None, None)  # the document names neither


if REFERENCE.exists():  # the published table lies outside the project; our own part of it is always checked

    @pytest.mark.parametrize("name", MAPS)
    def test_the_codes_of_our_maps_stand_in_the_published_table(name):
        with REFERENCE.open(encoding="utf-8", newline="") as lines:
            names = {row["code"]: row["name_zh"] for row in csv.DictReader(lines)}
        for segment in load(DATA / name).segments:
            for code in segment.gbt:
                assert table()[code].name == names[code]
