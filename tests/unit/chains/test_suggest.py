"""Segments suggested for a text: measured on labelled examples, and what must hold for any text."""

from __future__ import annotations

import random
import time
from functools import cache
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from chains.engine.loader import load_all
from chains.engine.suggest import Entry, Index, Suggestion, build, entries_of, suggest
from crm.cli.chains import chains

HERE = Path(__file__).parent


@cache
def real_index() -> Index:
    return build(entry for chain in load_all() for entry in entries_of(chain))


@cache
def examples(name: str) -> tuple[dict[str, object], ...]:
    """Examples whose right answers all the chains at hand can give."""
    known = {entry.chain for entry in real_index().entries}
    read = yaml.safe_load((HERE / name).read_text(encoding="utf-8"))
    return tuple(each for each in read if known & {right.split("/")[0] for right in each["right"]})


def _hits(name: str) -> tuple[int, int, int]:
    """How many examples there are, and how many are right first and among five."""
    first = among = 0
    for each in examples(name):
        found = [_key(one) for one in suggest(real_index(), each["text"], each.get("code"))]
        first += bool(found) and found[0] in each["right"]
        among += any(key in each["right"] for key in found)
    return len(examples(name)), first, among


def _key(found: Suggestion) -> str:
    return f"{found.chain}/{found.segment}"


def _small() -> list[Entry]:
    return [
        Entry("bio", "reagents", "体外诊断试剂", "IVD reagents", "诊断", ("IVD试剂",), ("核酸检测试剂",), ("2770",)),
        Entry("bio", "devices", "医学影像设备", "Imaging", "诊断", ("超声", "DR"), ("X 射线机",), ("3581",)),
        Entry("wear", "shoes", "鞋履", "Footwear", "鞋履箱包", ("运动鞋",), ("皮鞋",), ("1951", "1952")),
    ]


def test_every_right_answer_of_the_examples_is_a_segment() -> None:
    known = {f"{entry.chain}/{entry.segment}" for entry in real_index().entries}
    chains = {entry.chain for entry in real_index().entries}
    for name in FLOORS:
        wrong = {
            right
            for each in examples(name)
            for right in each["right"]
            if right.split("/")[0] in chains and right not in known
        }
        assert not wrong


def test_a_whole_word_is_named_and_comes_first() -> None:
    found = suggest(build(_small()), "主营核酸检测试剂的研发")
    assert (found[0].segment, found[0].words[0]) == ("reagents", "核酸检测试剂")
    assert [one.segment for one in suggest(build(_small()), "做皮鞋的")] == ["shoes"]


def test_what_is_shared_of_no_whole_word_is_shown_as_it_stands_in_the_text() -> None:
    (found, *_others) = suggest(build(_small()), "体外的诊断试剂盒，核酸检测")
    assert found.segment == "reagents"
    assert {"诊断试剂", "核酸检测"} <= set(found.words)


def test_a_code_alone_is_enough_and_says_how_much_of_it_agrees() -> None:
    (found,) = suggest(build(_small()), "某某公司", "1951")
    assert (found.segment, found.code, found.words) == ("shoes", "1951", ())
    assert [one.code for one in suggest(build(_small()), "", "1959")] == ["195"]


def test_latin_words_count_whole_only() -> None:
    index = build(_small())
    assert [one.segment for one in suggest(index, "数字化 DR 平板")] == ["devices"]
    assert suggest(index, "DRAM 存储") == []


def test_spaces_width_and_case_change_nothing() -> None:
    index = build(_small())
    assert suggest(index, "Ｘ射线机，ivd 试剂") == suggest(index, "x 射线机,IVD试剂")


def test_formulas_of_business_scopes_say_nothing() -> None:
    index = build([*_small(), Entry("it", "services", "技术服务", codes=("6510",), products=("技术开发",))])
    scope = "一般项目：技术服务、技术开发、技术咨询、技术交流、技术转让、技术推广；货物进出口"
    assert suggest(index, scope) == []


@pytest.mark.parametrize("code", [None, "", "27a0", "277012", "９９９９", "2"])
def test_nothing_is_said_without_a_reason(code: str | None) -> None:
    assert suggest(build(_small()), "你好，明天见", code) == []
    assert suggest(build(_small()), "", code) == []
    assert suggest(build([]), "核酸检测试剂", code) == []


def test_the_order_of_entries_is_irrelevant_and_ties_go_by_key() -> None:
    twins = [Entry("b", "x", "雾化器"), Entry("a", "y", "雾化器"), *_small()]
    expected = suggest(build(twins), "雾化器")
    assert [_key(one) for one in expected] == ["a/y", "b/x"]
    for seed in range(5):
        shuffled = random.Random(seed).sample(twins, len(twins))
        assert suggest(build(shuffled), "雾化器") == expected


def test_more_reasons_never_lower_a_score() -> None:
    index = real_index()
    for each in examples("suggest_examples.yaml")[:40]:
        plain = {_key(one): one.score for one in suggest(index, each["text"], limit=1000)}
        coded = {_key(one): one.score for one in suggest(index, each["text"], each.get("code"), limit=1000)}
        # What falls far behind a segment that the code speaks for is not proposed any more.
        assert all(coded.get(key, score) >= score for key, score in plain.items())
        assert max(coded.values()) >= max(plain.values())


def test_a_long_text_is_read_in_a_moment() -> None:
    scope = "，".join(each["text"] for each in examples("suggest_examples.yaml"))[:2000]
    suggest(real_index(), scope)
    best = min(_seconds(scope) for _ in range(5))
    assert best < 0.25


def _seconds(text: str) -> float:
    start = time.perf_counter()
    suggest(real_index(), text)
    return time.perf_counter() - start


#: Right first and among five, a little below what was measured with 21 chains of 1,197 segments: 92.4 % and 100 % of the
#: 224 examples (90.2 % and 100 % before the rules were tuned), 91.9 % and 100 % of the 62 that were written afterwards.
FLOORS = {"suggest_examples.yaml": (0.90, 0.98), "suggest_holdout.yaml": (0.88, 0.97)}


@pytest.mark.parametrize("name", FLOORS)
def test_the_examples_are_answered(name: str) -> None:
    count, first, among = _hits(name)
    assert count >= 40
    floor, floor_of_five = FLOORS[name]
    assert first / count >= floor
    assert among / count >= floor_of_five


def test_where_somebody_wants_to_sit_says_little_of_what_they_do() -> None:
    index = build([*_small(), Entry("city", "offices", "写字楼", aliases=("办公楼",))])
    assert [one.segment for one in suggest(index, "做皮鞋的，想找写字楼 1000 平")] == ["shoes"]
    assert suggest(index, "写字楼运营")[0].segment == "offices"


def test_whom_something_is_done_for_counts_less_than_what_is_done() -> None:
    index = build([*_small(), Entry("care", "hospitals", "医院"), Entry("it", "wards", "护理系统")])
    found = suggest(index, "给医院做护理系统")
    assert [one.segment for one in found] == ["wards", "hospitals"]


def test_words_that_overlap_are_not_counted_twice() -> None:
    once = build([*_small(), Entry("a", "x", "功能面料")])
    twice = build([*_small(), Entry("a", "x", "功能面料", aliases=("功能面料",), products=("功能面料",))])
    assert suggest(once, "功能面料")[0].score == suggest(twice, "功能面料")[0].score


def test_the_command_names_segments_with_the_words_that_say_so() -> None:
    told = CliRunner().invoke(chains, ["suggest", "核酸检测试剂盒研发生产", "--code", "2770"])
    assert told.exit_code == 0
    first = told.output.splitlines()[0]
    assert "biomedicine/ivd_reagents" in first
    assert "「核酸检测试剂」" in first
    assert "GB/T 2770" in first
    assert "no segment" in CliRunner().invoke(chains, ["suggest", "zzz"]).output
