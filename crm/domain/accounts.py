"""Rules of passwords and of slowing down whoever guesses them (RELIABILITY §4)."""

from __future__ import annotations

import re
import unicodedata
from datetime import timedelta

from crm.domain.access import Role
from crm.domain.errors import Invalid
from crm.domain.labels import N_

LEAST_LENGTH = 10
MOST_LENGTH = 200
#: Wrong tries for one account, and from one address, before the wait begins.
FREE_TRIES_ACCOUNT = 5
FREE_TRIES_ADDRESS = 30
#: Tries are counted over this window.
WINDOW = timedelta(minutes=30)
#: Words before a number and a sign: together a password that everybody tries.
_WORDS = (
    "password passw0rd p@ssword p@ssw0rd admin administrator welcome qwerty qwertyuiop asdfghjkl zxcvbnm iloveyou "
    "letmein changeme default secret login master monkey dragon sunshine princess football abc abcd abcdef test "
    "guest user root woaini liantu zhaoshang guangzhou liwan guangdong china nihao"
)
_COMMON = frozenset(_WORDS.split())
#: The digits, the alphabet and the keyboard: a run along them is no password.
_ROWS = ("01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn")
_ENDING = re.compile(r"^[\d\W_]+|[\d\W_]+$")
_LOGIN = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")
_EMAIL = re.compile(
    r"[^@\s\x00-\x20\x7f,;:<>\"()\[\]\\]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,186}[A-Za-z0-9])?\.[A-Za-z]{2,24}"
)

#: Roles that belong to a section; the others see by role or by park.
SECTION_ROLES = frozenset({Role.OFFICER, Role.CHIEF})


def clean_login(text: str) -> str:
    """The login as it is stored: lower case letters, digits, dots, dashes. Raises Invalid("login")."""
    login = unicodedata.normalize("NFKC", text).strip().casefold()
    if not _LOGIN.fullmatch(login):
        raise Invalid("login", N_("登录名用小写字母、数字、点和短横，最多 64 位，例如 chensimin。"))
    return login


def clean_email(text: str) -> str | None:
    """The address, or None for nothing. Raises Invalid("email") for what no mail server takes."""
    email = text.strip()
    if not email:
        return None
    if len(email) > 254 or not _EMAIL.fullmatch(email):
        raise Invalid("email", N_("邮箱的样子不对，应如 name@example.com。"))
    return email


def check_password(password: str, login: str, name: str, field: str = "password") -> None:
    """Raise Invalid unless the password is long enough and not easily guessed from the person."""
    if len(password) < LEAST_LENGTH:
        raise Invalid(field, N_("密码至少 %(count)s 个字符。"), count=LEAST_LENGTH)
    if len(password) > MOST_LENGTH:
        raise Invalid(field, N_("密码最多 %(count)s 个字符。"), count=MOST_LENGTH)
    lowered = password.lower()
    if len(set(lowered)) < 5:
        raise Invalid(field, N_("密码里不同的字符太少，容易被猜到。"))
    # A login of two letters occurs in any password; a name of two characters does not.
    if any(len(word) > (2 if word.isascii() else 1) and word.lower() in lowered for word in (login, name)):
        raise Invalid(field, N_("密码里不要含有登录名或姓名。"))
    if _ENDING.sub("", lowered) in _COMMON or _is_run(lowered) or lowered.isdigit():
        raise Invalid(field, N_("这个密码太常见，容易被猜到。"))


def _is_run(lowered: str) -> bool:
    """A run along a row, forwards or backwards, or one run twice."""
    half = len(lowered) // 2
    parts = {lowered} | ({lowered[:half]} if lowered == lowered[:half] * 2 else set())
    return any(part in row * 2 or part in row[::-1] * 2 for part in parts for row in _ROWS)


def wait_after(wrong_tries: int, free_tries: int) -> timedelta:
    """How long to wait after so many wrong tries in the window: none, then 15 s doubling up to 15 minutes."""
    beyond = wrong_tries - free_tries
    if beyond < 0:
        return timedelta()
    return min(timedelta(seconds=15) * 2 ** min(beyond, 10), timedelta(minutes=15))
