"""Texts in the reader's language, with the language asked once a request.

A page says hundreds of words. Flask-Babel asks for the context, the locale and the catalogue at each of them, which
was a quarter of the time of a lead's page; `gettext` here keeps the catalogue's own function for the request.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

import flask_babel
from flask import Flask, has_request_context

#: The request's translator once a text was asked for; None between requests and before the first text.
_translator: ContextVar[Callable[[str], str] | None] = ContextVar("translator", default=None)


def gettext(text: str, /, **values: object) -> str:
    """The text in the reader's language, filled with the values; one of them may be called `text` too."""
    translate = _translator.get() or _open()
    found = translate(text)
    return found % values if values else found


def _open() -> Callable[[str], str]:
    """Find the catalogue. Only within a request is it kept: nothing would end its time elsewhere."""
    translate = flask_babel.get_domain().get_translations().ugettext
    if has_request_context():
        _translator.set(translate)
    return translate


def install(app: Flask) -> None:
    """Forget the translator at both ends of a request: its thread serves another reader next."""

    @app.before_request
    def _begin() -> None:
        _translator.set(None)

    @app.teardown_request
    def _end(_error: BaseException | None = None) -> None:
        _translator.set(None)
