"""Unified social credit codes, 统一社会信用代码 (GB 32100-2015; DOMAIN §3).

`stdnum.cn.uscc` has the alphabet and the check digit but demands digits in places 1–8, although e.g. village
collectives carry codes that begin with N2; so only its arithmetic is used. Nothing is inferred from the district
part: firms keep their code when they move.
"""

from __future__ import annotations

import unicodedata

from stdnum.cn import uscc as gb32100

from crm.domain.errors import Invalid
from crm.domain.marking import N_
from crm.domain.text import INVISIBLE_MARKS, reject_unprintable

LENGTH = 18
ILLEGAL_LETTERS = "IOZSV"
_ALPHABET = frozenset("0123456789ABCDEFGHJKLMNPQRTUWXY")
_LOOKS_LIKE = {"I": "1", "O": "0", "Z": "2", "S": "5", "V": "U"}
_SEPARATORS = frozenset(" -–—·") | INVISIBLE_MARKS


def compact(text: str) -> str:
    """The code without blanks and dashes, half-width and in capitals; says nothing about its validity."""
    half = unicodedata.normalize("NFKC", text).upper()
    return "".join(c for c in half if c not in _SEPARATORS and not c.isspace())


def parse_uscc(text: str, field: str = "uscc") -> str:
    """The 18-place code that a person wrote, cleaned of blanks, full-width digits and small letters.

    Raises `Invalid(field)` with a sentence that names what is wrong: length, a letter that the standard does not
    use (I O Z S V), another character, or the check digit.
    """
    reject_unprintable(text.strip(), field)
    code = compact(text)
    if not code:
        raise Invalid(field, N_("请填写统一社会信用代码。"))
    for place, character in enumerate(code, start=1):
        if character in _LOOKS_LIKE:
            raise Invalid(
                field,
                N_("第 %(place)d 位是字母 %(letter)s：代码不用 I、O、Z、S、V 这五个字母，是不是 %(likely)s？"),
                place=place,
                letter=character,
                likely=_LOOKS_LIKE[character],
            )
        if character not in _ALPHABET:
            raise Invalid(
                field,
                N_("第 %(place)d 位「%(character)s」不是数字或大写字母。"),
                place=place,
                character=character,
            )
    if len(code) == 15 and code.isdigit():
        raise Invalid(field, N_("这是 15 位的旧工商注册号，请填 18 位统一社会信用代码。"))
    if len(code) != LENGTH:
        raise Invalid(field, N_("统一社会信用代码应为 18 位，现在是 %(length)d 位。"), length=len(code))
    if gb32100.calc_check_digit(code[:17]) != code[17]:
        # The expected digit is not told: people would paste it in instead of finding the slip.
        raise Invalid(field, N_("最后一位校验码对不上，说明有一位写错了，请对照营业执照逐位核对。"))
    return code


def is_valid(text: str) -> bool:
    """Whether `parse_uscc` accepts the text."""
    try:
        parse_uscc(text)
    except Invalid:
        return False
    return True
