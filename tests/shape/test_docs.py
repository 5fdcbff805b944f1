"""Docs tell the same story as the code: settings are listed, commands exist, files that they name are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from crm.cli import COMMANDS, main
from crm.infra.config import settings_table

ROOT = Path(__file__).resolve().parents[2]
DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_operations_lists_every_setting_with_its_default_and_meaning():
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    for row in settings_table():
        name = f"`{row.name}`" + (f" (or `{row.name}_FILE`)" if row.secret else "")
        assert f"| {name} | {row.default or '—'} | {row.meaning} |" in text, row.name


def test_every_variable_in_the_docs_is_a_setting():
    known = {row.name for row in settings_table()} | {f"{row.name}_FILE" for row in settings_table() if row.secret}
    for page in DOCS:
        named = set(re.findall(r"LIANTU_[A-Z_]*[A-Z]", page.read_text(encoding="utf-8")))
        assert named - known == set(), page.name


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_loads_and_helps(name):
    answer = CliRunner().invoke(main, [name, "--help"])
    assert answer.exit_code == 0, answer.output
    assert answer.output.startswith("Usage:")


def test_every_command_in_the_docs_exists():
    for page in DOCS:
        for line in re.findall(r"python -m crm ([a-z][a-z -]*)", page.read_text(encoding="utf-8")):
            words = line.split(" --")[0].split()
            command = main.get_command(None, words[0])
            assert command is not None, f"{page.name}: {line}"
            for word in words[1:]:
                if not hasattr(command, "commands") or word not in command.commands:
                    break
                command = command.commands[word]


def test_every_make_target_in_the_docs_exists():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    for page in DOCS:
        named = set(re.findall(r"`make ([a-z-]+)`|^make ([a-z-]+)", page.read_text(encoding="utf-8"), re.M))
        assert {one or other for one, other in named} - targets == set(), page.name


def test_files_that_the_docs_name_are_there():
    for page in DOCS:
        for path in re.findall(
            r"`((?:crm|chains|workers|docs|tests|bench|static|migrations)/[\w./-]+)`", page.read_text(encoding="utf-8")
        ):
            assert list(ROOT.glob(path.rstrip("/"))) or "…" in path, f"{page.name}: {path}"


def test_nothing_names_a_machine_or_a_registry():
    """No path of the machine it was written on, and no host of a package registry."""
    for page in ROOT.glob("**/*.md"):
        if ".venv" in page.parts or "vendor" in page.parts:
            continue
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"/work/|/root/|pypi\.org|registry\.npmjs", text), page
