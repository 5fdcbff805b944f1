"""The auditor's check: golden cases agree, every changed figure is noticed, and a malformed case is named."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from crm.cli.match import match
from crm.domain.matching.cases import audit, check
from crm.domain.matching.golden import MalformedError

OURS = Path(__file__).with_name("golden.json")
SHARED = Path(__file__).parents[4] / "shared" / "data" / "matching_cases.json"
FILES = [path for path in (OURS, SHARED) if path.exists()]
GOLDEN = json.loads(OURS.read_text("utf-8"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_golden_case_agrees_with_the_reference_engine(path: Path):
    report = audit(path)
    assert [difference.sentence for difference in report.differences] == []
    assert report.cases >= 30
    assert report.figures >= 10 * report.cases


def test_our_own_cases_touch_every_constraint_as_a_failure_and_as_an_unknown():
    text = OURS.read_text("utf-8")
    cases = GOLDEN["matching"] + GOLDEN["three_valued"]
    failed = {name for case in cases for name in case["expected"].get("blocked_counts", {})}
    assert len(failed) == 11
    rows = [row for case in cases for row in case["expected"].get("ranking", [])]
    unknown = {name for row in rows for name in row.get("unknown", [])}
    assert {"tier", "negative_list", "env", "tenure", "area", "load", "height"} <= unknown
    assert all(case["arithmetic"] for case in cases)
    assert text.isascii()


def _write(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content), "utf-8")
    return path


def _numbers(value: Any, at: tuple = ()) -> Iterator[tuple]:
    """The place of every number and word that a case states."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _numbers(inner, (*at, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _numbers(inner, (*at, index))
    elif value is not None:
        yield at


def _mutated(case: dict, at: tuple) -> dict:
    twin = copy.deepcopy(case)
    spot = twin
    for key in at[:-1]:
        spot = spot[key]
    old = spot[at[-1]]
    spot[at[-1]] = (not old) if isinstance(old, bool) else old + 1 if isinstance(old, int) else old + "x"
    return twin


def test_changing_any_stated_figure_is_noticed(tmp_path: Path):
    mutants: dict[str, str] = {}
    content: dict[str, list] = {"matching": []}
    for case in GOLDEN["matching"] + GOLDEN["three_valued"]:
        stated = {key: case[key] for key in ("expected", "explanations") if key in case}
        for at in _numbers(stated):
            if at[0] == "explanations" and at[-1] == "offer":
                continue  # an address, not a figure: it may lead to an offer of which the same is true
            mutant = _mutated(case, at)
            mutant["id"] = f"{case['id']} {at}"
            mutants[mutant["id"]] = case["id"]
            content["matching"].append(mutant)
    assert len(mutants) > 400
    noticed = {difference.case for difference in check(_write(tmp_path / "mutants.json", content))}
    assert set(mutants) - noticed == set()


def test_a_difference_names_the_case_the_spot_and_both_values(tmp_path: Path):
    case = _mutated(GOLDEN["matching"][0], ("expected", "ranking", 0, "total"))
    (difference,) = check(_write(tmp_path / "one.json", {"matching": [case]}))
    assert difference.sentence == "case base: offer 1, total: the case states 82021, the engine finds 82020"
    assert not difference.malformed


def test_an_offer_left_out_of_the_expected_ranking_is_noticed(tmp_path: Path):
    case = copy.deepcopy(GOLDEN["matching"][0])
    case["expected"]["ranking"] = []
    (difference,) = check(_write(tmp_path / "one.json", {"matching": [case]}))
    assert "the order of the offers" in difference.sentence


def test_a_count_that_the_case_forgets_is_noticed(tmp_path: Path):
    case = copy.deepcopy(next(case for case in GOLDEN["matching"] if case["id"] == "two-blocks"))
    del case["expected"]["blocked_counts"]["price"]
    (difference,) = check(_write(tmp_path / "one.json", {"matching": [case]}))
    assert "blocked.price: the case states 0, the engine finds 1" in difference.sentence


def _broken(**changes: Any) -> dict:
    case = copy.deepcopy(GOLDEN["matching"][0])
    for path, value in changes.items():
        *way, last = path.split("__")
        spot = case
        for key in way:
            spot = spot[int(key) if key.isdigit() else key]
        if value is DROP:
            del spot[last]
        else:
            spot[last] = value
    return case


DROP = object()
MALFORMED = {
    "lead lacks “grace”": _broken(lead__grace=DROP),
    "lead has the unexpected key “heigth”": _broken(lead__heigth=1),
    "lead.tier is 3, not within 0…2": _broken(lead__tier=3),
    "lead.price is 0, not within 1…": _broken(lead__price=0),
    "lead.a_tgt is 0, not within 1…": _broken(lead__a_tgt=0),
    "lead.load is 1.5, not a whole number": _broken(lead__load=1.5),
    "lead.load is True, not a whole number": _broken(lead__load=True),
    "lead.node is 7, not within 0…1": _broken(lead__node=7),
    "offers[0].free is -1, not within 0…": _broken(offers__0__free=-1),
    "offers[0].price is '4200', not a whole number": _broken(offers__0__price="4200"),
    "offers[0].park is 9, not within 0…2": _broken(offers__0__park=9),
    "offers[0].tenure is null": _broken(offers__0__tenure=None),
    "offers is not a list": _broken(offers={}),
    "the case lacks “world”": _broken(world=DROP),
    "world: F, allow and plat must hold one entry for each park": _broken(world__plat=[0]),
    "world.allow[0][0] is 2": _broken(world__allow=[[2], [1], [1]]),
    "the case states nothing to compare": _broken(expected={}, explanations=[]),
    "expected states “rankings”, which this check does not know": _broken(expected__rankings=[]),
    "the case has the unexpected key “expectation”": _broken(expectation={}),
    "explains offer 5, which the case does not offer": _broken(explanations__0__offer=5),
    "parts names “luck”, which is no criterion": _broken(explanations__0__parts__luck={}),
    "a row of the ranking states “rank”": _broken(expected__ranking=[{"offer": 1, "rank": 1}]),
    "ranking[0] lacks “offer”": _broken(expected__ranking=[{"total": 1}]),
}


@pytest.mark.parametrize("sentence", MALFORMED)
def test_a_malformed_case_is_named_and_the_others_are_still_checked(sentence: str, tmp_path: Path):
    wrong = _mutated(GOLDEN["matching"][1], ("expected", "ranking", 0, "total"))
    found = check(_write(tmp_path / "cases.json", {"matching": [MALFORMED[sentence], wrong]}))
    first = [difference for difference in found if difference.case == "base"]
    assert any(sentence in difference.sentence and difference.malformed for difference in first), found
    assert [difference.malformed for difference in found if difference.case == "mature"] == [False]


def test_two_offers_with_one_id_or_two_cases_with_one_id_are_malformed(tmp_path: Path):
    twice = _broken()
    twice["offers"] = twice["offers"] * 2
    (difference,) = check(_write(tmp_path / "a.json", {"matching": [twice]}))
    assert difference.sentence == "case base: offer 1 is in the inventory twice"
    (difference,) = check(_write(tmp_path / "b.json", {"matching": [_broken(), _broken()]}))
    assert "another case has the same id" in difference.sentence


@pytest.mark.parametrize("case", [None, 7, {}, {"id": 3}, []])
def test_a_case_without_an_id_is_named_by_its_place(case: Any, tmp_path: Path):
    (difference,) = check(_write(tmp_path / "a.json", {"matching": [case]}))
    assert difference.case == "matching[0]"
    assert difference.malformed


FILES_THAT_ARE_NONE = {
    "is not JSON": b"{",
    "is not an object": b"[]",
    "is not UTF-8 text": b'{"matching": "\xff"}',
    "holds neither": b"{}",
    "holds no case": b'{"matching": []}',
    "matching is not a list": b'{"matching": {}}',
    "is not JSON: maximum recursion": b"[" * 100_000,
    "weights.G lacks": b'{"matching": [1], "weights": {"M": {}, "G": {}, "I": {}}}',
}


@pytest.mark.parametrize("sentence", FILES_THAT_ARE_NONE)
def test_a_file_that_is_no_file_of_cases_says_so(sentence: str, tmp_path: Path):
    path = tmp_path / "cases.json"
    path.write_bytes(FILES_THAT_ARE_NONE[sentence])
    with pytest.raises(MalformedError) as refused:
        check(path)
    expected = "weights.M lacks" if "weights" in sentence else sentence
    assert expected in str(refused.value)
    result = CliRunner().invoke(match, ["check", str(path)])
    assert result.exit_code == 1
    assert expected in result.output


def test_the_tables_of_the_file_are_used(tmp_path: Path):
    row = {"focus": 100, "instrument": 0, "space": 0, "price": 0, "tech": 0, "location": 0, "timing": 0}
    case = _broken(expected={"ranking": [{"offer": 1, "total": 100_000}]}, explanations=[])
    content = {"matching": [case], "weights": {"M": row, "G": row, "I": row}}
    assert check(_write(tmp_path / "a.json", content)) == []
    row["focus"] = 99
    with pytest.raises(MalformedError, match="add up to 99"):
        check(_write(tmp_path / "b.json", content))


def test_the_command_says_what_it_compared_and_exits_by_the_outcome(tmp_path: Path):
    run = CliRunner()
    fine = run.invoke(match, ["check", str(OURS), "--engine", "reference"])
    assert fine.exit_code == 0
    assert "39 cases" in fine.output
    assert "no difference" in fine.output
    wrong = _mutated(GOLDEN["matching"][0], ("expected", "ranking", 0, "total"))
    differs = run.invoke(match, ["check", str(_write(tmp_path / "a.json", {"matching": [wrong]}))])
    assert differs.exit_code == 1
    assert "differs: case base: offer 1, total" in differs.output
    broken = run.invoke(match, ["check", str(_write(tmp_path / "b.json", {"matching": [_broken(lead={})]}))])
    assert broken.exit_code == 1
    assert "malformed: case base: lead lacks" in broken.output
    assert run.invoke(match, ["check", str(tmp_path / "absent.json")]).exit_code == 2
