"""Deciding row by row what an import would do: add, change, leave as it is, or object. It writes nothing.

The same decision is taken twice: for the preview, and under the lock when the rows are written, so that what changed
in between is noticed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from sqlalchemy.orm import Session

from crm.domain.errors import Invalid
from crm.domain.importing.typist import EXAMPLE_MARK, Typist
from crm.domain.imports import ImportKind, RowOutcome
from crm.domain.labels import N_
from crm.models import ImportRow, ImportRun
from crm.services.access import Actor
from crm.services.imports import decide_enterprises, decide_leads, decide_projects
from crm.services.imports.deciding import Desk, Plan
from crm.services.imports.existing import Existing, look_up
from crm.services.imports.lookups import lookups

#: Rows that are decided together.
CHUNK = 1000
_DECIDE: dict[ImportKind, Callable[[Desk, Plan, Existing], None]] = {
    ImportKind.LEADS: decide_leads.decide,
    ImportKind.PROJECTS: decide_projects.decide,
    ImportKind.ENTERPRISES: decide_enterprises.decide,
}


class Planner:
    """Decides the rows of one run, in the order of the file; remembers what earlier rows of it said."""

    def __init__(self, session: Session, actor: Actor, run: ImportRun) -> None:
        self.actor, self.kind = actor, run.kind
        self._typist = Typist(run.kind, run.headers, run.mapping, lookups(session))
        self._desk = Desk(session, actor)

    def read(self, rows: Iterable[ImportRow]) -> list[Plan]:
        """What the cells say, without asking the database: most of the work of a file, done before any lock."""
        plans = [Plan(row, self._typist.read(row.cells)) for row in rows]
        for each in plans:
            if each.row.is_skipped or is_example(each.row.cells):
                each.outcome, each.typed.errors = RowOutcome.SKIPPED, {}
        return plans

    def decide(self, session: Session, plans: Sequence[Plan]) -> None:
        """Give each plan its outcome or its errors; at most a dozen statements whatever their number.

        `session` may be another one than the rows were read in: under the lock what is stored is asked anew.
        """
        self._desk.session = session
        live = [each for each in plans if each.outcome is not RowOutcome.SKIPPED]
        known = look_up(
            session,
            self.actor,
            [each.values for each in live],
            leads=self.kind is ImportKind.LEADS,
            projects=self.kind is ImportKind.PROJECTS,
        )
        for each in live:
            self._decide(each, known)

    def _decide(self, plan: Plan, known: Existing) -> None:
        try:
            if not plan.values.get("name") and "name" not in plan.typed.errors and not plan.values.get("number"):
                raise Invalid("name", N_("请填写企业名称。"))
            plan.firm = known.firm(plan.values)
            plan.sees_firm = plan.firm is None or plan.firm.id in known.visible
            plan.contacts = known.contacts
            _DECIDE[self.kind](self._desk, plan, known)
        except Invalid as error:
            plan.typed.object_to(error)
        if plan.typed.errors:
            plan.outcome = None


def is_example(cells: Sequence[str]) -> bool:
    """The row of the template that shows how to fill it in."""
    return any(cell.startswith(EXAMPLE_MARK) for cell in cells[:6])


def in_chunks(items: Sequence, size: int = CHUNK) -> Iterator[Sequence]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
