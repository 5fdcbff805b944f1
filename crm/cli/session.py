"""What commands share: settings or a sentence, and the database they name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from crm.infra.config import Settings, SettingsError, load_settings

if TYPE_CHECKING:
    from crm.infra.db import Database


def settings() -> Settings:
    """The checked settings; every problem is one line, and the command ends."""
    try:
        return load_settings()
    except SettingsError as error:
        raise click.ClickException("\n".join(error.problems)) from None


def database() -> Database:
    # Imported here because `up` needs settings at once and, on a warm start, no database library at all.
    from crm.infra.db import Database

    return Database.from_url(settings().database_url)
