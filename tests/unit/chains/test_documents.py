"""A map written and read again is the same map, to the byte; what a text cannot be is refused with its line."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.engine.check import ProblemKind, check
from chains.engine.loader import DATA, load, parse
from chains.engine.model import (
    Chain,
    Confidence,
    Edge,
    Placement,
    Position,
    Reference,
    Segment,
    Source,
    SourceRef,
    SpaceTemplate,
    Survey,
)
from chains.engine.reading import FileError
from chains.engine.refusals import grouped, ordered
from chains.engine.writing import dump, text

MAPS = sorted(path.name for path in DATA.iterdir() if path.is_dir())


def bare(chain: Chain) -> Chain:
    """Without where it was read."""
    return replace(
        chain,
        segments=tuple(replace(each, line=0) for each in chain.segments),
        edges=tuple(replace(each, line=0) for each in chain.edges),
        placements=tuple(replace(each, line=0) for each in chain.placements),
    )


@pytest.mark.parametrize("name", MAPS)
def test_our_maps_survive_being_written_and_read(name):
    chain = load(DATA / name)
    written = dump(chain)
    again = parse(written)
    assert bare(again) == replace(bare(chain), edges=grouped(bare(chain).edges))
    assert dump(again) == written


@pytest.mark.parametrize("name", ["additive_manufacturing", "biomedicine", "fashion", "health"])
def test_the_layout_is_that_of_the_files(name):
    """Who edits on screen and exports gets a file that a maintainer can compare with the one in the project."""

    def plain(document: str) -> list[str]:
        lines = [line for line in document.splitlines() if line.strip() and not line.strip().startswith("#")]
        return [line.replace("'", "").rstrip() for line in lines]

    assert plain(dump(load(DATA / name))) == plain((DATA / name / "map.yaml").read_text(encoding="utf-8"))


# Blanks around a text are cut when it is read, as people do not mean them.
_texts = (
    st.one_of(
        st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12),
        st.sampled_from(
            ["no", "on", "~", "null", "3/4", "12", "0171", "1e3", "2026-11-24", "a: b", "a #b", "- x", "=", "<<"]
        ),
    )
    .map(str.strip)
    .filter(bool)
)
_keys = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True) | st.sampled_from(["on", "no", "y", "null", "true"])
_days = st.dates().map(lambda day: day.isoformat()).filter(lambda day: day >= "1990" and day < "2100")
_lists = st.lists(_texts, max_size=3, unique=True).map(tuple)


@st.composite
def chains(draw) -> Chain:
    sources = draw(st.lists(_keys, min_size=1, max_size=3, unique=True))
    spaces = draw(st.lists(_keys, max_size=2, unique=True))
    keys = draw(st.lists(_keys, min_size=1, max_size=8, unique=True))
    segments: list[Segment] = []
    for key in keys:
        tops = [each for each in segments if each.parent is None]
        group = draw(st.sampled_from([None, *tops]))
        segments.append(
            Segment(
                key=key,
                name_zh=draw(_texts),
                name_en=draw(_texts | st.just("")),
                position=group.position if group else draw(st.sampled_from([each.value for each in Position])),
                parent=group.key if group else None,
                products=draw(_lists),
                gbt=draw(st.lists(st.sampled_from(["A", "01", "0171", "2770"]), max_size=2, unique=True).map(tuple)),
                aliases=draw(_lists),
                space=draw(st.sampled_from([None, *spaces])),
                sources=tuple(
                    SourceRef(each, draw(st.none() | _texts))
                    for each in draw(st.lists(st.sampled_from(sources), max_size=2))
                ),
                reference=draw(st.none() | st.integers(0, 10_000)),
                survey=draw(st.none() | st.builds(Survey, _days, st.none() | _texts, st.none() | _texts)),
            )
        )
    ends = st.sampled_from(keys)
    pairs = draw(st.lists(st.tuples(ends, ends), max_size=6, unique=True))
    shares = st.none() | st.fractions(min_value=Fraction(1, 99), max_value=1, max_denominator=999)
    places = draw(st.lists(st.tuples(_texts, ends), max_size=3, unique=True))
    return Chain(
        key=draw(_keys),
        name_zh=draw(_texts),
        name_en=draw(_texts),
        summary=draw(_texts),
        sections=draw(_lists),
        sources=tuple(Source(key, draw(_texts), draw(st.none() | _texts), draw(st.none() | _texts)) for key in sources),
        spaces=tuple(
            SpaceTemplate(
                key, draw(_texts), 10, 20, "exempt", draw(st.none() | st.integers(1, 9)), None, 5, draw(st.booleans())
            )
            for key in spaces
        ),
        segments=ordered(segments),
        edges=grouped(Edge(frm, to, draw(shares)) for frm, to in pairs),
        placements=tuple(
            Placement(
                enterprise,
                key,
                section=draw(st.none() | _texts),
                source=draw(_texts),
                leader=draw(st.none() | st.booleans()),
                note=draw(st.none() | _texts),
                on=draw(st.none() | _days),
                confidence=draw(st.none() | st.sampled_from([each.value for each in Confidence])),
                uscc=draw(st.none() | _texts),
            )
            for enterprise, key in places
        ),
        reference=draw(st.none() | st.builds(Reference, st.integers(1, 9999), _texts, st.none() | _days)),
    )


@given(chains())
def test_any_map_survives_being_written_and_read(chain):
    written = dump(chain)
    again = parse(written)
    assert bare(again) == bare(chain)
    assert dump(again) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("3D 打印", "3D 打印"),
        ("12", "'12'"),
        ("no", "'no'"),
        ("A, B", "'A, B'"),
        ("it's", "it's"),
        ("'quoted'", "'''quoted'''"),
        ("两行\n文字", '"两行\\n文字"'),
        ("a: b", "'a: b'"),
    ],
)
def test_a_text_is_quoted_only_where_it_must_be(value, written):
    assert text(value) == written


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("sources: [industry]", "sources: [industry], survey: {on: yesterday}", "is not a day"),
        ("sources: [industry]", "sources: [industry], survey: {by: 甲}", "missing field 'on'"),
        ("sources: [industry]", "sources: [industry], reference: -1", "whole number"),
        ("supplies:", "reference: {total: 0, source: x}\nsupplies:", "whole number from 1"),
        ("placements:", "placements:\n  - {enterprise: 甲, segment: a}", "needs a 'section'"),
        ("placements:", "placements:\n  - {enterprise: 甲, segment: a, source: x, confidence: sure}", "not one of"),
        (
            "placements:",
            "placements:\n  - {enterprise: 甲, segment: a, source: x}\n  - {enterprise: 甲, segment: a, source: y}",
            "placed on 'a' twice",
        ),
    ],
)
def test_what_the_new_fields_cannot_be_is_named(old, new, words):
    document = """key: x
name: {zh: 例}
summary: 例
sections: []
sources: {industry: {title: t, date: '2026-01-01'}}
spaces: {}
segments:
  - {key: a, position: upstream, name: {zh: 甲}, sources: [industry]}
supplies: {}
placements:
  - {enterprise: 乙, segment: a, section: 四}
"""
    assert parse(document).segments[0].name_en == ""
    with pytest.raises(FileError) as caught:
        parse(document.replace(old, new, 1), "上传的文件.yaml")
    assert words in caught.value.sentence
    assert caught.value.line > 0
    assert str(caught.value).startswith("上传的文件.yaml:")
    assert caught.value.template % caught.value.params == caught.value.sentence


def test_days_far_away_are_slips_of_the_pen():
    chain = load(DATA / MAPS[0])
    first = chain.leaves()[0]
    surveyed = replace(first, survey=Survey(on="0206-11-24"))
    wrong = replace(chain, segments=tuple(surveyed if each.key == first.key else each for each in chain.segments))
    (problem,) = check(wrong)
    assert problem.kind is ProblemKind.DAY
    assert "0206-11-24" in problem.sentence
