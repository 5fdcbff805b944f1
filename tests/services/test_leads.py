"""Logging, finding duplicates, editing, screening and handing over leads, on both databases."""

from __future__ import annotations

import pytest

from crm.domain.errors import Duplicate
from crm.models import Lead
from crm.services import leads
from tests.factories import actor, command, make_lead, next_step


def test_a_logged_lead_has_number_owner_section_protection_and_next_step(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.officer, next_step=next_step())
        assert lead.number == f"XS-{lead.received_at.year}-0001"
        assert lead.owner_id == cast.officer
        assert lead.section_id == cast.section
        assert lead.protected_until is not None
        assert lead.enterprise.size == "small"


def test_the_same_phone_in_another_section_warns_without_content(database, cast):
    with database.writing() as session:
        make_lead(session, cast.outsider, phone="13812340000", name="甲乙诊断有限公司")
        with pytest.raises(Duplicate):
            leads.log_lead(session, actor(session, cast.officer), command(phone="13812340000"))
        found = leads.similar(session, actor(session, cast.officer), phone="13812340000")
        assert [(each.section, each.owner, each.enterprise, each.number) for each in found] == [
            ("招商二科", "李文博", None, None)
        ]
        assert session.query(Lead).count() == 1
