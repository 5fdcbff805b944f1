"""Third-party front-end files are exactly what the manifest says, and the pages keep within the CSP."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENDOR = ROOT / "static" / "vendor"
TEMPLATES = sorted((ROOT / "crm" / "web").rglob("*.html"))


def test_vendored_files_agree_with_their_manifest() -> None:
    run = subprocess.run(
        [sys.executable, str(VENDOR / "fetch.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_a_changed_vendored_file_is_named(tmp_path: Path) -> None:
    copy = tmp_path / "static"
    for folder in ("vendor", "img"):
        (copy / folder).mkdir(parents=True)
        for path in (ROOT / "static" / folder).iterdir():
            if path.is_file():
                (copy / folder / path.name).write_bytes(path.read_bytes())
    (copy / "vendor" / "htmx.min.js").write_text("changed", encoding="utf-8")
    (copy / "vendor" / "extra.js").write_text("new", encoding="utf-8")
    script = str(copy / "vendor" / "fetch.py")
    run = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "vendor/htmx.min.js" in run.stdout
    assert "vendor/extra.js" in run.stdout


def test_every_vendored_package_has_its_licence() -> None:
    files = json.loads((VENDOR / "manifest.json").read_text(encoding="utf-8"))["files"]
    named = {entry["name"] for entry in files}
    licensed = {entry["name"] for entry in files if "LICENSE" in entry["file"]}
    assert named == licensed


def test_templates_hold_nothing_that_the_csp_forbids() -> None:
    assert TEMPLATES, "no template found"
    forbidden = re.compile(
        r"""\sstyle\s*=\s*["']|<style[\s>]|\son[a-z]{3,}\s*=\s*["']|<script(?![^>]*\ssrc=)|javascript:""",
        re.I,
    )
    found = []
    for path in TEMPLATES:
        text = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        if forbidden.search(text):
            found.append(path.relative_to(ROOT).as_posix())
    assert not found, f"inline style or script in {found}"


def test_icons_named_in_templates_are_in_the_sprite() -> None:
    sprite = (ROOT / "static" / "img" / "icons.svg").read_text(encoding="utf-8")
    have = set(re.findall(r'id="i-([\w-]+)"', sprite))
    used = set()
    for path in TEMPLATES:
        used |= set(re.findall(r"""\bicon\(\s*['"]([\w-]+)['"]""", path.read_text(encoding="utf-8")))
    assert used, "no template uses an icon"
    assert used <= have, f"not in static/vendor/icons.txt: {sorted(used - have)}"
