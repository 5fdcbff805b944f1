"""Segments suggested for a text: measured on labelled examples, and what must hold for any text."""

from __future__ import annotations

import random
import time
from functools import cache
from pathlib import Path

import pytest
import yaml

from chains.engine.loader import load_all
from chains.engine.suggest import Entry, Index, Suggestion, build, entries_of, suggest

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
    for name in ("suggest_examples.yaml",):
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
        assert all(coded[key] >= score for key, score in plain.items())


def test_a_long_text_is_read_in_some_milliseconds() -> None:
    scope = "，".join(each["text"] for each in examples("suggest_examples.yaml"))[:2000]
    suggest(real_index(), scope)
    best = min(_seconds(scope) for _ in range(5))
    assert best < 0.05


def _seconds(text: str) -> float:
    start = time.perf_counter()
    suggest(real_index(), text)
    return time.perf_counter() - start


def test_the_examples_are_answered() -> None:
    """Floors a little below what was measured when the examples grew to the chains of today."""
    count, first, among = _hits("suggest_examples.yaml")
    assert first / count >= 0.85
    assert among / count >= 0.95
