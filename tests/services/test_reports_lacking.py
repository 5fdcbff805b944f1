"""What the weekly page of an officer says is missing before the next gate."""

from __future__ import annotations

from datetime import timedelta

from crm.domain.frozen import freeze, thaw
from crm.domain.leads import LeadState
from crm.domain.reports import Lacking
from crm.infra.clock import now
from crm.services import gates, projects
from crm.services.reports.officers import officer_part
from tests.factories import actor, make_lead


def test_the_officers_part_names_what_projects_lack_for_their_next_gate(database, cast):
    """The words of the gate definitions, in both languages; a project that lacks nothing is not there."""
    with database.writing() as session:
        officer = actor(session, cast.officer)
        lead = make_lead(session, cast.officer)
        lead.state = LeadState.VALID
        project = projects.promote(session, officer, lead.id)
        session.flush()
        part = officer_part(session, officer, [], (now() - timedelta(days=7), now()), now())
        row = next(each for each in part.lacking if each.project_id == project.id)
        assert row.name == project.name
        assert "会谈记录" in row.facts
        assert len(row.facts) == len(row.facts_en) == gates.lacking(session, [project])[project.id]
        assert all(word.isascii() or "²" in word for word in row.facts_en)
        assert thaw(Lacking, freeze(row)) == row
