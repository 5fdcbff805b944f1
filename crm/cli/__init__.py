"""`python -m crm …`: one group, whose commands are loaded when they are called: `up` starts faster for it."""

from __future__ import annotations

import importlib

import click

#: Command → module:attribute. Loading a module only when its command runs keeps `--help` and `up` quick.
COMMANDS = {
    "up": ("crm.cli.up", "Start everything under one command."),
    "doctor": ("crm.cli.doctor", "Say what is configured, reachable and missing."),
    "migrate": ("crm.cli.migrate", "Bring the database to the schema of this release."),
    "seed": ("crm.cli.seed", "Load a district, demonstration records, or the industry table."),
    "user": ("crm.cli.user", "Create accounts and one-time links."),
    "mail": ("crm.cli.mail", "Plan, send, preview and inspect mails."),
    "match": ("crm.cli.match", "Check scores against a file of cases."),
    "chains": ("crm.cli.chains", "Check chain maps."),
    "search": ("crm.cli.search", "Rebuild the search index."),
    "audit": ("crm.cli.audit", "Verify the audit trail."),
    "files": ("crm.cli.files", "Tidy the folder of uploaded files."),
}


class LazyGroup(click.Group):
    """Finds a command by name and imports its module only then."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[name][0])
        return getattr(module, name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_text) for name, (_module, help_text) in COMMANDS.items()])


@click.group(cls=LazyGroup)
def main() -> None:
    """链图招商 LianTu: investment promotion with industry-chain maps."""
