"""Fetch the pinned front-end packages, and check what is stored against manifest.json.

    python static/vendor/fetch.py            # maintainers: needs the npm client and a network
    python static/vendor/fetch.py --check    # everybody: offline, exit 1 on any difference

Nothing is built on a user's machine: the files under static/vendor/ are committed.
Three of them are derived, always in the same way from the pinned package:

* tabler-base.css: the rules of Tabler without a class in their selector (variables and
  element defaults), put into the cascade layer "tabler". The whole file is 620 KB and we
  draw our own components; the layer lets any of our rules win without "!important".
* ../img/icons.svg: one sprite of the outline icons named in icons.txt.
* LICENSE texts, where the package ships none (see LICENCES).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
SPRITE = HERE.parent / "img" / "icons.svg"
MANIFEST = HERE / "manifest.json"
ICON_LIST = HERE / "icons.txt"

# name → (version, licence)
PACKAGES = {
    "htmx.org": ("4.0.1", "0BSD"),
    "@alpinejs/csp": ("3.17.4", "MIT"),
    "@tabler/core": ("1.6.1", "MIT"),
    "@tabler/icons": ("3.51.0", "MIT"),
}

MIT = """MIT License

{holder}

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""
# Packages that name their licence in package.json but ship no text.
LICENCES = {
    "@alpinejs/csp": MIT.format(holder="Copyright (c) 2019-2025 Caleb Porzio and contributors"),
    "@tabler/core": MIT.format(holder="Copyright (c) 2018-2026 The Tabler Authors"),
}


def split_rules(css: str) -> list[tuple[str, str]]:
    """Split a stylesheet into (prelude, body) pairs at the outer braces; strings are respected."""
    rules, depth, start, body_at, quote = [], 0, 0, 0, ""
    index = 0
    while index < len(css):
        char = css[index]
        if quote:
            if char == "\\":
                index += 1
            elif char == quote:
                quote = ""
        elif char in "\"'":
            quote = char
        elif char == "{":
            if depth == 0:
                body_at = index + 1
            depth += 1
        elif char == "}":
            depth -= 1
            if depth == 0:
                rules.append((css[start : body_at - 1].strip(), css[body_at:index]))
                start = index + 1
        elif char == ";" and depth == 0:
            start = index + 1
        index += 1
    return rules


def base_rules(css: str) -> str:
    """Keep the rules whose selector names no class, id or theme: variables and element defaults."""
    kept = []
    for prelude, body in split_rules(re.sub(r"/\*.*?\*/", "", css, flags=re.S)):
        if prelude.startswith("@media"):
            inner = base_rules(body)
            if inner:
                kept.append(f"{prelude}{{\n{inner}\n}}")
        elif prelude.startswith("@"):
            continue
        else:
            selectors = [part for part in prelude.split(",") if not re.search(r"[.#]|data-bs|:host", part)]
            if selectors:
                kept.append(f"{','.join(selectors)}{{{body}}}")
    return "\n".join(kept)


def used_variables(base: str) -> str:
    """Drop custom properties that no kept rule reads, until nothing changes."""
    while True:
        read = set(re.findall(r"var\((--[\w-]+)", base))
        set_here = set(re.findall(r"(?<=[{;])(--[\w-]+):", base))
        slim = base
        for name in set_here - read:
            slim = re.sub(rf"(?<=[{{;]){re.escape(name)}:[^;}}]*;?", "", slim)
        slim = re.sub(r"[^{}\n]+\{\s*\}\n?", "", slim)
        if slim == base:
            return base
        base = slim


def tabler_base(source: Path, version: str) -> bytes:
    css = used_variables(base_rules(source.read_text(encoding="utf-8")))
    head = f"/*! Tabler {version}, element defaults only, by fetch.py. MIT, see LICENSE-tabler-core. */\n"
    return (head + "@layer tabler{\n" + css + "\n}\n").encode()


def sprite(outline: Path, names: list[str], version: str) -> bytes:
    symbols = []
    for name in names:
        svg = (outline / f"{name}.svg").read_text(encoding="utf-8")
        shapes = re.findall(r"<(?:path|circle|rect|line)[^>]*/>", svg)
        paths = "".join(shape for shape in shapes if "M0 0h24v24H0z" not in shape)  # the empty frame
        symbols.append(f'<symbol id="i-{name}" viewBox="0 0 24 24">{paths}</symbol>')
    signs = (HERE.parent / "img" / "signs.svgfrag").read_text(encoding="utf-8").strip()
    head = (
        f"<!-- Outline icons: Tabler Icons {version}, MIT, see vendor/LICENSE-tabler-icons."
        " Signs: our own. Built by fetch.py. -->\n"
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg">\n' + head + "\n".join(symbols) + "\n" + signs + "\n</svg>\n"
    ).encode()


def licence_text(name: str, package: Path) -> bytes:
    for candidate in ("LICENSE", "LICENSE.md", "license"):
        if (package / candidate).exists():
            return (package / candidate).read_bytes()
    return LICENCES[name].encode()


def unpack(name: str, version: str, folder: Path) -> Path:
    """Let the npm client fetch (and verify) one package; return its unpacked folder."""
    out = subprocess.run(
        ["npm", "pack", f"{name}@{version}", "--json", "--pack-destination", str(folder)],
        check=True,
        capture_output=True,
        text=True,
        cwd=folder,
    ).stdout
    found = json.loads(out)
    entry = found[0] if isinstance(found, list) else next(iter(found.values()))
    archive = folder / entry["filename"].replace("@", "").replace("/", "-")
    target = folder / archive.stem
    with tarfile.open(archive) as tar:
        tar.extractall(target, filter="data")
    return target / "package"


def fetch() -> None:
    """Write every vendored file and the manifest."""
    written: list[tuple[str, Path, bytes]] = []
    with tempfile.TemporaryDirectory() as temporary:
        for name, (version, _licence) in PACKAGES.items():
            package = unpack(name, version, Path(temporary))
            short = name.strip("@").replace("/", "-").replace(".org", "")
            written.append((name, HERE / f"LICENSE-{short}", licence_text(name, package)))
            if name == "htmx.org":
                written.append((name, HERE / "htmx.min.js", (package / "dist/htmx.min.js").read_bytes()))
            elif name == "@alpinejs/csp":
                written.append((name, HERE / "alpine-csp.min.js", (package / "dist/cdn.min.js").read_bytes()))
            elif name == "@tabler/core":
                source = package / "dist/css/tabler.min.css"
                written.append((name, HERE / "tabler-base.css", tabler_base(source, version)))
            else:
                names = ICON_LIST.read_text(encoding="utf-8").split()
                written.append((name, SPRITE, sprite(package / "icons/outline", names, version)))
    files = []
    for name, path, data in written:
        path.write_bytes(data)
        version, licence = PACKAGES[name]
        files.append(
            {
                "name": name,
                "version": version,
                "licence": licence,
                "file": path.relative_to(HERE.parent).as_posix(),
                "bytes": len(data),
                "sha256": hashlib.sha256(data).hexdigest(),
            }
        )
    MANIFEST.write_text(json.dumps({"files": files}, indent=1) + "\n", encoding="utf-8")


def check() -> list[str]:
    """Return one sentence per difference between the manifest and the stored files; empty when all agree."""
    wrong = []
    files = json.loads(MANIFEST.read_text(encoding="utf-8"))["files"]
    listed = {entry["file"] for entry in files}
    for entry in files:
        path = HERE.parent / entry["file"]
        if not path.exists():
            wrong.append(f"{entry['file']}: listed in the manifest, but missing")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != entry["sha256"]:
            wrong.append(f"{entry['file']}: its content differs from the manifest")
        if PACKAGES.get(entry["name"], ("", ""))[0] != entry["version"]:
            wrong.append(f"{entry['file']}: the manifest names version {entry['version']}, fetch.py another")
    ours = {"fetch.py", "manifest.json", "icons.txt"}
    for path in sorted(HERE.iterdir()):
        if path.is_file() and path.name not in ours and f"vendor/{path.name}" not in listed:
            wrong.append(f"vendor/{path.name}: not listed in the manifest")
    return wrong


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Fetch or check the vendored front-end files.")
    parser.add_argument("--check", action="store_true", help="verify hashes offline and write nothing")
    if parser.parse_args(arguments).check:
        wrong = check()
        sys.stdout.write("\n".join(wrong or ["static/vendor agrees with its manifest."]) + "\n")
        return 1 if wrong else 0
    fetch()
    return 0


if __name__ == "__main__":
    sys.exit(main())
