"""The house's measures: no attic, no room too large."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split() if (ROOT / name).exists()]


def test_no_file_is_an_attic():
    names = {path.stem for path in tracked("*.py")} | {path.parent.name for path in tracked("*.py")}
    assert names & {"utils", "util", "helpers", "misc", "common_utils"} == set()


def test_no_module_grows_beyond_four_hundred_lines():
    long = {
        str(path.relative_to(ROOT)): lines
        for path in tracked("crm/*.py", "workers/*.py", "chains/*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert long == {}


def test_the_top_level_is_the_client_s_design():
    allowed = {
        ".ci", ".gitignore", "LICENSE", "Makefile", "README.md", "bench", "chains", "constraints.txt", "crm", "docs",
        "migrations", "pyproject.toml", "requirements-dev.txt", "requirements.txt", "static", "tests", "workers",
    }  # fmt: skip
    assert {path.relative_to(ROOT).parts[0] for path in tracked()} <= allowed
