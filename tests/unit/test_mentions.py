"""@某人: who is meant, and what is only text."""

from __future__ import annotations

import pytest

from crm.domain.mentions import mentions, split

NAMES = ["陈思敏", "林", "林同事", "何志强"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("@陈思敏 请看", ["陈思敏"]),
        ("请＠何志强批", ["何志强"]),
        ("@林同事和@林", ["林同事", "林"]),
        ("@陈思敏@何志强", ["陈思敏", "何志强"]),
        ("发到 a@林.cn", []),
        ("@王五 不在", []),
        ("陈思敏", []),
        ("@ 陈思敏", []),
    ],
)
def test_names_behind_an_at(text, named):
    assert [each.name for each in mentions(text, NAMES)] == named


def test_splitting_loses_nothing():
    text = "请 @林同事 与＠何志强 商量"
    pieces = split(text, NAMES)
    assert "".join(piece for piece, _named in pieces) == text
    assert [piece for piece, named in pieces if named] == ["@林同事", "＠何志强"]
