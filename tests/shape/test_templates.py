"""Templates keep the house's manners: they compile, and nothing inline breaks the content security policy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(ROOT.glob("crm/web/**/*.html"))
#: The gallery shows components with sample content, which nobody translates.
TRANSLATED = [page for page in PAGES if page.name != "gallery.html"]


def test_every_template_compiles(app):
    names = [name for name in app.jinja_env.list_templates() if name.endswith((".html", ".svg", ".txt"))]
    assert len(names) > 30
    for name in names:
        app.jinja_env.get_template(name)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_inline_style_script_or_handler(page):
    # What stands in {{ }} is an argument of ours, not an attribute of the page.
    text = re.sub(r"\{\{.*?\}\}", "", page.read_text(encoding="utf-8"), flags=re.S)
    assert not re.search(r"<[^>]*\sstyle\s*=", text)
    assert "<style" not in text
    assert not re.search(r"<script(?![^>]*\ssrc=)[^>]*>", text)
    assert not re.search(r"<[^>]*\son[a-z]+\s*=\s*[\"']", text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_nothing_is_loaded_from_outside(page):
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"(?:src|href|action)\s*=\s*[\"']\s*(?:https?:)?//", text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_posted_form_carries_a_token(page):
    text = page.read_text(encoding="utf-8")
    for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", text, flags=re.S | re.I):
        assert re.search(r"csrf_token|hidden_fields|hidden_tag", form), form[:120]


@pytest.mark.parametrize("page", TRANSLATED, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_chinese_word_can_be_translated(page):
    """Chinese stands inside `_()` only; comments and names of the product's own keys aside."""
    text = page.read_text(encoding="utf-8")
    text = re.sub(r"\{#.*?#\}", "", text, flags=re.S)
    text = re.sub(r"_\(\s*'(?:[^'\\]|\\.)*'", "", text)
    text = re.sub(r'_\(\s*"(?:[^"\\]|\\.)*"', "", text)
    # The language's own name, and the suffix taken off the district's name, are data.
    text = text.replace("'中文'", "").replace("replace('区', '')", "")
    loose = re.findall(r"[^\n]*[\u4e00-\u9fff][^\n]*", text)
    assert [line.strip()[:100] for line in loose if "示例" not in line] == []
