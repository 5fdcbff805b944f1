"""`python -m crm chains check`: a file of cases names every difference; a broken one is a sentence with its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from chains.engine.cases import audit
from chains.engine.loader import DATA
from crm.cli.chains import chains

CASES = Path(__file__).with_name("cases.json")


def case(**changes: object) -> dict[str, object]:
    """The simplest case: b needs what nobody makes."""
    values = {
        "id": "X1",
        "nodes": ["a", "b"],
        "edges": [{"frm": "a", "to": "b", "weight": None}],
        "enterprises": [{"node": "b", "tier": "G", "leader": False, "active": True}],
        "expected": {"a": {"priority": 1000, "D": "1"}},
    }
    return {name: value for name, value in (values | changes).items() if value is not ...}


@pytest.fixture
def check(tmp_path):
    """Runs the command on a file with these cases (or this text); its exit code and lines."""

    def run(content: object) -> tuple[int, list[str]]:
        path = tmp_path / "cases.json"
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False, indent=1)
        path.write_text(text, encoding="utf-8")
        result = CliRunner().invoke(chains, ["check", str(path)])
        return result.exit_code, result.output.replace(str(path), "FILE").splitlines()

    return run


def test_cases_that_agree_exit_0():
    result = CliRunner().invoke(chains, ["check", str(CASES)])
    assert result.exit_code == 0, result.output
    assert result.output == "cases.json: 26 cases, 185 figures compared: no difference\n"


def test_both_forms_of_a_file_are_read(check):
    assert check({"cases": [case()]}) == (0, ["cases.json: 1 cases, 2 figures compared: no difference"])
    assert check({"matching": [], "chain": {"cases": [case()]}})[0] == 0


def test_every_difference_is_named_by_case_segment_and_field(check):
    wrong = {
        "a": {"priority": 999, "D": "1/2", "cls": "弱", "action": "补链", "parts": {"dependence": 500, "presence": 1}},
        "b": {"LQ": "3/2", "n": 1},
    }
    code, lines = check({"cases": [case(expected=wrong), case(id="X2")]})
    assert code == 1
    assert lines == [
        "FILE:4: case X1: a.priority: expected 999, got 1000",
        "FILE:4: case X1: a.D: expected 1/2, got 1",
        "FILE:4: case X1: a.cls: expected 弱, got 缺",
        "FILE:4: case X1: a.parts.presence: expected 1, got 300",
        "FILE:4: case X1: a.parts.downstream: expected 0, got 200",
        "FILE:4: case X1: b.LQ: expected 3/2, got unknown",
        "cases.json: 2 cases, 14 figures compared: 6 differences in 1 cases",
    ]


def test_a_cycle_is_expected_or_a_difference(check):
    edges = [{"frm": "a", "to": "b", "weight": None}, {"frm": "b", "to": "a", "weight": None}]
    cycle = {"error": "cycle", "nodes": ["b", "a"]}
    assert check({"cases": [case(edges=edges, expected=cycle)]})[0] == 0
    assert check({"cases": [case(edges=edges)]})[1][0].endswith("error: expected no cycle, got a cycle of a, b")
    assert check({"cases": [case(expected=cycle)]})[1][0].endswith("error: expected a cycle of a, b, got no cycle")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"nodes": ...}, "lacks 'nodes'"),
        ({"colour": 1}, "has the unexpected field 'colour'"),
        ({"nodes": "ab"}, "nodes is not a list"),
        ({"nodes": ["a", "a", "b"]}, "the segment 'a' is named twice"),
        ({"edges": [{"frm": "a"}]}, "edges[0] must have frm, to and weight"),
        ({"edges": [{"frm": "a", "to": "b", "weight": 0}]}, "edges[0].weight is 0, not above 0"),
        ({"edges": [{"frm": "a", "to": "b", "weight": "1/0"}]}, "edges[0].weight is '1/0', not a number"),
        ({"edges": [{"frm": "a", "to": "z", "weight": 1}]}, "there is no segment 'z'"),
        ({"enterprises": [{"node": "b", "tier": "X"}]}, "enterprises[0].tier is 'X', not M, G, I or null"),
        ({"enterprises": [{"node": "b", "tier": "M", "leader": 1}]}, "leader and active are true or false"),
        ({"enterprises": [{"node": "z", "tier": "M"}]}, "unknown segment 'z'"),
        ({"expected": {}}, "expects nothing"),
        ({"expected": {"z": {"n": 1}}}, "there is no node 'z'"),
        ({"expected": {"a": {"colour": 1}}}, "unknown field 'colour'"),
        ({"expected": {"a": {"n": 1.0}}}, "not a whole number"),
        ({"expected": {"a": {"n": True}}}, "not a whole number"),
        ({"expected": {"a": {"cls": "missing"}}}, "not one of 强、弱、缺、正在补、未摸清"),
        ({"expected": {"a": {"parts": {"luck": 1}}}}, "unknown part 'luck'"),
        ({"expected": {"error": "cycle"}}, "an error is"),
        ({"ref_counts": {"a": 1}}, "has ref_counts without n_ref_total"),
        ({"ref_counts": {"a": -1}, "n_ref_total": 10}, "ref_counts.a is -1"),
        ({"demand": {"z": 1}}, "there is no segment 'z'"),
        ({"id": 7}, "case number 1"),
    ],
)
def test_a_malformed_case_says_what_is_wrong_and_the_others_still_run(check, changes, sentence):
    code, lines = check({"cases": [case(**changes), case(id="X2", expected={"a": {"n": 5}})]})
    if "id" in changes:
        changes, code = {}, 1  # a case without a name is called by its number
    assert code == 1
    assert any(sentence in line for line in lines) or not changes, lines
    assert any("case X2: a.n: expected 5, got 0" in line for line in lines)


def test_two_cases_of_one_name_are_refused(check):
    assert "another case has the same id" in check({"cases": [case(), case()]})[1][0]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"cases": [\n{"id": "X1",\n "nodes": [}]}', "FILE:3: is not JSON"),
        ('{"cases": [NaN]}', "FILE:0: NaN is not a number"),
        ('{"cases": [], "cases": []}', "FILE:0: the field 'cases' stands twice"),
        ('{"cases": []}', "FILE:1: holds no case"),
        ('{"matching": []}', "FILE:1: has the unexpected field 'matching'"),
        ('{"k": 2}', "FILE:1: holds no 'cases' of chains"),
        ('{"cases": [{}], "k": 0}', "FILE:1: k is 0, not a whole number from 1"),
        ("[]", "FILE:1: the file is not an object"),
        ("[" * 100_000, "FILE:0: is nested too deeply"),
        ("", "FILE:1: is not JSON"),
    ],
)
def test_a_broken_file_is_one_sentence_with_its_line(check, text, sentence):
    code, lines = check(text)
    assert code == 1
    assert lines[0].startswith(sentence), lines[0]
    assert lines[1:] == ["cases.json: not readable"]


def test_bytes_that_are_no_text_are_named_by_line(tmp_path):
    path = tmp_path / "cases.json"
    path.write_bytes(b'{"cases":\n\xff}')
    result = CliRunner().invoke(chains, ["check", str(path)])
    assert result.exit_code == 1
    assert f"{path}:2: is not UTF-8 text" in result.output


def test_a_mark_of_byte_order_does_no_harm(tmp_path):
    path = tmp_path / "cases.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps({"cases": [case()]}).encode())
    assert audit(path).differences == ()


def test_folders_and_files_may_be_checked_together():
    paths = [str(DATA / "fashion"), str(DATA / "fashion" / "map.yaml"), str(CASES)]
    result = CliRunner().invoke(chains, ["check", *paths])
    assert result.exit_code == 0, result.output
    first, second, third = result.output.splitlines()
    assert first == second
    assert first.startswith("fashion ")
    assert first.endswith("0 problems")
    assert third.startswith("cases.json: 26 cases")
