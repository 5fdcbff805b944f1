"""One way to make any mail: `render(session, settings, kind, recipient, params)`.

The same call serves the job that sends, `python -m crm mail … --dry-run`, the preview page and the gallery.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import css_inline
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sqlalchemy.orm import Session

from crm.infra.config import Settings
from crm.services.access import Actor
from workers.emails.kinds import KINDS
from workers.emails.letter import Letter, Links, Rendered, Voice

TEMPLATES = Path(__file__).parent / "templates"


def render(session: Session, settings: Settings, kind: str, recipient: Actor, params: Mapping[str, object]) -> Rendered:
    """The mail of `kind` for `recipient`, made now from the ids in `params`, in the recipient's language.

    Raises NothingToSayError if there is no reason to send it any more or the recipient may not see its matter, and
    KeyError for a kind that nobody registered in `kinds.KINDS`.
    """
    voice = Voice(recipient.locale)
    letter = KINDS[kind](session, settings, recipient, params, voice)
    return dress(settings, letter, voice)


def dress(settings: Settings, letter: Letter, voice: Voice) -> Rendered:
    """A Letter in its two forms: HTML with inlined rules, and text."""
    values = {
        **letter.context,
        "subject": letter.subject,
        "preheader": letter.preheader,
        "band_right": letter.band_right,
        "is_demo": letter.is_demo,
        "voice": voice,
        "links": Links.of(settings),
        "_": voice.text,
        "ngettext": voice.plural,
    }
    html = _environment().get_template(f"{letter.template}.html").render(values)
    text = _environment().get_template(f"{letter.template}.txt").render(values)
    return Rendered(subject=" ".join(letter.subject.split()), html=_inliner().inline(html), text=_tidy(text))


def _tidy(text: str) -> str:
    """No blanks at line ends, never more than one empty line, one line break at the end."""
    lines: list[str] = []
    for line in (line.rstrip() for line in text.strip().splitlines()):
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines) + "\n"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        # .css files are included into a style element of ours and hold no values.
        autoescape=select_autoescape(enabled_extensions=("html",), default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.do"],
    )


@lru_cache(maxsize=1)
def _inliner() -> css_inline.CSSInliner:
    # Nothing is ever fetched: a mail refers to no style sheet and no image.
    return css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False)
