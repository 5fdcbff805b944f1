"""What records are found by, and what a person's words ask for."""

from __future__ import annotations

import pytest

from crm.domain.search import MOST_TERMS, Query, SearchKind, asked, heads, tokens

FIRM = tokens(
    SearchKind.LEAD, names=["广东大参林医药集团股份有限公司"], numbers=["XS-2026-0417"], uscc="91440101MA59GY3X0F"
)


def holds(found: list[str], query: Query) -> bool:
    """What both databases do with a query."""
    return any(
        all(
            any(token.startswith(each) if term.is_prefix else token == each for each in term.tokens for token in found)
            for term in row
        )
        for row in query
    )


def finds(found: list[str], text: str) -> bool:
    return holds(found, asked(SearchKind.LEAD, text))


@pytest.mark.parametrize(
    "typed",
    [
        "参林",
        "大参林",
        "大參林",
        "ＤＳＬ",
        "dsl",
        "dcl",
        "dashenlin",
        "da shen lin",
        "dacan",
        "医药 参林",
        "大",
        "司",
        "d",
        "0417",
        "417",
        "XS-2026-0417",
        "xs20260417",
        "xs 2026 0417",
        "XS-2026",
        "xs-2026-04",
        "91440101MA59GY3X0F",
        "9144 0101 MA59",
        "GY3X0F",
        "gy3x",
        "（大参林）医药",
    ],
)
def test_a_firm_is_found_by(typed):
    assert finds(FIRM, typed)


@pytest.mark.parametrize(
    "typed", ["参药", "大森林", "shenlin", "医药 诊断", "0418", "XS-2025-0417", "", "  ", "！？", "😀"]
)
def test_a_firm_is_not_found_by(typed):
    assert not finds(FIRM, typed)


def test_brackets_and_blanks_in_a_name_do_not_hide_it():
    found = tokens(SearchKind.LEAD, names=["海龙围（科创）区 ABB 传动"])
    assert finds(found, "围科")
    assert finds(found, "科创")
    assert finds(found, "abb")
    assert finds(found, "海龙围科创区")


def test_a_phone_is_found_whole_or_by_its_tail_and_never_by_its_beginning():
    found = tokens(SearchKind.LEAD, phones=["13800005678"], people=["张三丰"])
    for typed in ("13800005678", "138 0000 5678", "+86 138-0000-5678", "5678"):
        assert finds(found, typed), typed
    for typed in ("1380000", "138000056", "138", "678", "00005678"):
        assert not finds(found, typed), typed
    assert finds(found, "三丰")
    assert finds(found, "zsf")


def test_people_are_found_only_by_who_may_look_at_contacts():
    found = tokens(SearchKind.LEAD, names=["粤岭生物"], phones=["13800005678"], people=["张三丰"])
    for typed in ("三丰", "zsf", "5678", "13800005678", "粤岭 张三"):
        assert holds(found, asked(SearchKind.LEAD, typed)), typed
        assert not holds(found, asked(SearchKind.LEAD, typed, people=False)), typed
    assert holds(found, asked(SearchKind.LEAD, "粤岭", people=False))


def test_a_landline_is_found_with_and_without_its_extension():
    found = tokens(SearchKind.CONTACT, phones=["020-81234567转801"])
    assert holds(found, asked(SearchKind.CONTACT, "020-81234567"))
    assert holds(found, asked(SearchKind.CONTACT, "4567"))


def test_kinds_do_not_mix():
    assert not holds(FIRM, asked(SearchKind.PARK, "参林"))


def test_readings_that_are_kept_stand_for_those_of_the_names():
    found = tokens(SearchKind.ENTERPRISE, names=["立白"], readings=["libai", "lb", "fulibai"])
    assert holds(found, asked(SearchKind.ENTERPRISE, "fuli"))


def test_heads_tell_exact_from_beginning():
    exact, beginning = heads(SearchKind.LEAD, "大参林")
    assert holds(FIRM, beginning), "a name begins behind its place: 广东"
    assert not holds(FIRM, exact)
    assert holds(tokens(SearchKind.LEAD, names=["大参林有限公司"]), exact), "the core is a whole name"
    assert not holds(FIRM, heads(SearchKind.LEAD, "参林")[1])
    assert heads(SearchKind.LEAD, "！") == ((), ())


def test_no_text_makes_an_endless_query():
    query = asked(SearchKind.LEAD, "广" * 5000)
    assert sum(len(row) for row in query) <= MOST_TERMS
    assert len(asked(SearchKind.LEAD, "a b " * 500)[0]) <= MOST_TERMS


def test_tokens_are_letters_and_digits_whatever_the_name():
    odd = tokens(
        SearchKind.LEAD, names=['O\'Brien "x" \\ 公司 * & | ! : ( ) 𠮷野'], numbers=["A'B\\1"], people=["张'三"]
    )
    assert all(token.isalnum() for token in odd)
    terms = [term for row in asked(SearchKind.LEAD, "O'B \" \\ * 公司:*") for term in row]
    assert all(token.isalnum() for term in terms for token in term.tokens)
