"""The small tree of errors that services raise.

One place in the web layer turns each into a page, JSON or a form message; jobs log them. The message is a sentence
for the person (a Chinese msgid, see `labels.N_`), never a stack trace. Parameters fill `%(name)s` after translation.
"""

from __future__ import annotations


class DomainError(Exception):
    """Base: `sentence` is a translatable msgid, `params` its values."""

    def __init__(self, sentence: str, **params: object) -> None:
        super().__init__(sentence % params if params else sentence)
        self.sentence = sentence
        self.params = params


class NotAllowed(DomainError):
    """The person may know the record but may not do this to it."""


class NotFound(DomainError):
    """No such record, or one that this person may not see: the two are never told apart (DOMAIN §2)."""


class Invalid(DomainError):
    """A value that cannot be accepted. `field` names the form field it belongs to, or "" for the whole form."""

    def __init__(self, field: str, sentence: str, **params: object) -> None:
        super().__init__(sentence, **params)
        self.field = field


class Busy(Invalid):
    """Somebody else is writing and will be done soon: the form keeps what it holds and is sent again."""

    def __init__(self, sentence: str, **params: object) -> None:
        super().__init__("", sentence, **params)


class Duplicate(DomainError):
    """The record exists already. `existing_id` may be shown only if the person may see it."""

    def __init__(self, sentence: str, existing_id: int | None = None, **params: object) -> None:
        super().__init__(sentence, **params)
        self.existing_id = existing_id


class Stale(DomainError):
    """Somebody saved a newer version since the form was opened."""


class Throttled(DomainError):
    """Too many tries; `retry_after` is in seconds."""

    def __init__(self, sentence: str, retry_after: int, **params: object) -> None:
        super().__init__(sentence, **params)
        self.retry_after = retry_after
