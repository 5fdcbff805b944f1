"""Contacts are personal information: cleaned when typed, masked by default (DOMAIN §2: 张**, 138****0000)."""

from __future__ import annotations

import re
import unicodedata

from crm.domain.errors import Invalid
from crm.domain.labels import N_
from crm.domain.text import clean_text, reject_unprintable

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_AREA_CODES = r"(?:010|02[0-9]|0[3-9][0-9]{2})"
_LANDLINE = re.compile(rf"({_AREA_CODES})([2-9][0-9]{{6,7}})(?:(?:转|ext\.?|x|#)([0-9]{{1,6}}))?", re.IGNORECASE)
_SERVICE = re.compile(r"[48]00[0-9]{7}")
_ABROAD = re.compile(r"\+(?!86)[1-9][0-9]{6,14}")
_COMPOUND = frozenset(
    [
        "欧阳",
        "司马",
        "上官",
        "诸葛",
        "东方",
        "皇甫",
        "尉迟",
        "公孙",
        "慕容",
        "司徒",
        "令狐",
        "夏侯",
        "长孙",
        "宇文",
        "端木",
        "独孤",
        "南宫",
        "西门",
        "轩辕",
        "申屠",
        "呼延",
        "澹台",
        "公冶",
        "太史",
    ]
)
_MAX_NAME = 60
_STARS = "****"


def clean_phone(text: str | None, field: str = "phone") -> str:
    """A phone number in one spelling, "" for blank.

    Mobile 13800000000 (+86, blanks, dashes and full-width digits are taken away), landline 020-81234567 or
    020-81234567转801, service number 4001234567, abroad +85291234567. Raises `Invalid(field)` otherwise.
    """
    raw = clean_text(text, 200, field)
    if not raw:
        return ""
    digits = unicodedata.normalize("NFKC", raw)
    digits = re.sub(r"[\s\-–—‐‑−().·]", "", digits)
    digits = re.sub(r"^(?:\+86|0086|86(?=1[3-9][0-9]{9}$))", "", digits)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if _MOBILE.fullmatch(digits) or _SERVICE.fullmatch(digits) or _ABROAD.fullmatch(digits):
        return digits
    # +86 20 8123 4567: abroad the leading 0 of the area code is left out.
    national = digits if digits.startswith("0") else "0" + digits
    if found := _LANDLINE.fullmatch(national):
        return f"{found[1]}-{found[2]}" + (f"转{found[3]}" if found[3] else "")
    if re.fullmatch(r"[2-9][0-9]{6,7}", digits):
        raise Invalid(field, N_("固定电话请带区号，例如 020-81234567。"))
    if re.fullmatch(r"1[0-9]*", digits) and len(digits) != 11:
        raise Invalid(field, N_("手机号应为 11 位，现在是 %(length)d 位。"), length=len(digits))
    raise Invalid(field, N_("读不懂这个电话，请写成 13800000000 或 020-81234567。"))


def clean_email(text: str | None, field: str = "email") -> str:
    """An address as written, its domain in lower case; "" for blank. Only its shape is checked."""
    raw = unicodedata.normalize("NFKC", clean_text(text, 254, field))
    if not raw:
        return ""
    if not re.fullmatch(r"[^@\s<>,;\"]{1,64}@[^@\s<>,;\"]+\.[^@\s<>,;\".]{2,}", raw):
        raise Invalid(field, N_("邮箱的样子不对，应如 name@example.com。"))
    local, _, domain = raw.partition("@")
    return f"{local}@{domain.lower()}"


def clean_person(text: str | None, field: str = "contact_name") -> str:
    """A person's name with single blanks; "" for blank."""
    return " ".join(clean_text(text, _MAX_NAME, field).split())


def mask_name(name: str) -> str:
    """张** for 张三丰, 刘* for 刘备, 欧阳** for a compound name, J** for John Smith; one letter becomes *."""
    name = name.strip()
    if len(name) <= 1:
        return "*" if name else ""
    if name[0].isascii():
        return name[0] + "**"
    family = name[:2] if name[:2] in _COMPOUND and len(name) > 2 else name[:1]
    return family + "*" * min(2, len(name) - len(family))


def mask_phone(phone: str) -> str:
    """138****0000; 020-****4567; +85****4567. Anything too short to keep a part of becomes stars only."""
    phone = phone.split("转")[0].strip()
    if not phone:
        return ""
    if _MOBILE.fullmatch(phone):
        return phone[:3] + _STARS + phone[-4:]
    area, dash, number = phone.partition("-")
    if dash and len(number) >= 7:
        return f"{area}-{_STARS}{number[-4:]}"
    if len(phone) >= 10:
        return phone[:3] + _STARS + phone[-4:]
    return _STARS


def mask_email(address: str) -> str:
    """z***@example.com; the domain stays, since it usually names the firm."""
    local, at, domain = address.partition("@")
    return f"{local[:1]}***@{domain}" if at and len(local) > 1 else ("***@" + domain if at else "***" if local else "")


def mask_numbers(text: str) -> str:
    """Free text with every phone number inside it masked (notes shown to people who may not see contacts)."""
    reject_unprintable(text, "", multiline=True)
    return _ANY_NUMBER.sub(lambda found: _mask_found(found[0]), text)


_ANY_NUMBER = re.compile(
    r"(?<![0-9.])(?:\+?86[\s-]?)?1[3-9](?:[\s-]?[0-9]){9}(?![0-9])|(?<![0-9.])0[0-9]{2,3}[\s-]?[2-9][0-9]{6,7}(?![0-9])"
)


def _mask_found(number: str) -> str:
    digits = re.sub(r"[^0-9]", "", number)
    return digits[-11:-8] + _STARS + digits[-4:] if len(digits) >= 11 else _STARS + digits[-4:]
