"""Which gate definitions are in force, and putting others in force: versions with reason, nothing is lost."""

from __future__ import annotations

from sqlalchemy.orm import Session

from crm.domain.access import Permission
from crm.domain.errors import Invalid
from crm.domain.gates import Definitions, parse, shipped
from crm.domain.labels import N_
from crm.models import SettingVersion
from crm.services import access, settings
from crm.services.access import Actor

KEY = "pipeline.gates"


def in_force(session: Session) -> Definitions:
    """The newest version, or the shipped one as version 0; a text is read once a process."""
    return parse(*source_in_force(session))


def source_in_force(session: Session) -> tuple[str, int]:
    """Text and version in force. The version stands beside the text, so that one read of all settings is enough."""
    kept = settings.get(session, KEY, None)
    return (str(kept["source"]), int(kept["version"])) if isinstance(kept, dict) else (shipped(), 0)


def put_in_force(session: Session, actor: Actor, source: str, reason: str, version: int) -> SettingVersion:
    """Make a text the next version. Invalid names its first wrong line, or that somebody was faster than `version`."""
    access.require(actor, Permission.SETTINGS_EDIT)
    text = source.replace("\r\n", "\n").replace("\r", "\n")
    present, number = source_in_force(session)
    if number != version:
        raise Invalid("source", N_("关口定义刚被别人改过，现在是第 %(number)d 版；请对照后再提交。"), number=number)
    parse(text, number + 1)
    if text == present:
        raise Invalid("source", N_("和现在的定义一样，没有可改的。"))
    return settings.set_value(session, actor, KEY, {"version": number + 1, "source": text}, reason)


def history(session: Session) -> list[SettingVersion]:
    """Versions that people put in force, newest first."""
    return settings.history(session, KEY)
