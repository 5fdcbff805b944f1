"""The lists of projects, enterprises and contacts: scope of each role, masks, filters."""

from __future__ import annotations

import pytest

from crm.domain.contacts import mask_name
from crm.domain.errors import NotAllowed
from crm.domain.leads import LeadState
from crm.domain.pipeline import SideState, Stage
from crm.models import Contact, Project, RecordTag
from crm.services import listing
from crm.services.listing.columns import Kind
from tests.factories import actor, make_enterprise, make_lead, make_segment

OTHERS = ("projects", "enterprises", "contacts")
ANY = {"owner": ["all"], "side": ["all"]}


@pytest.fixture
def world(database, cast) -> dict[str, dict[int, str]]:
    """One project, enterprise and contact of each section; returns whose each id is, by list."""
    whose: dict[str, dict[int, str]] = {name: {} for name in OTHERS}
    with database.writing() as session:
        for n, (who, word) in enumerate(((cast.officer, "own"), (cast.outsider, "foreign"))):
            lead = make_lead(session, who, name=f"{word}企业（示例）")
            lead.state = LeadState.VALID
            project = Project(
                number=f"CB-2026-{n:04d}",
                lead_id=lead.id,
                enterprise_id=lead.enterprise_id,
                name=lead.enterprise.name,
                stage=Stage.SIGNED if n else Stage.NEGOTIATING,
                stage_since=lead.received_at,
                last_activity_at=lead.received_at,
                owner_id=lead.owner_id,
                section_id=lead.section_id,
                investment_fen=1000 * (n + 1),
            )
            session.add(project)
            session.flush()
            whose["projects"][project.id] = word
            whose["enterprises"][lead.enterprise_id] = word
            whose["contacts"][lead.contact_id] = word
        whose["enterprises"][make_enterprise(session).id] = "public"
    return whose


@pytest.mark.parametrize(
    ("name", "who", "seen"),
    [
        ("projects", "officer", {"own"}),
        ("projects", "colleague", {"own"}),
        ("projects", "outsider", {"foreign"}),
        ("projects", "leader", {"own", "foreign"}),
        ("projects", "chain_team", {"own", "foreign"}),
        ("projects", "manager", None),
        ("projects", "auditor", None),
        ("enterprises", "officer", {"own", "public"}),
        ("enterprises", "other_chief", {"foreign", "public"}),
        ("enterprises", "leader", {"own", "foreign", "public"}),
        ("enterprises", "manager", None),
        ("enterprises", "admin", None),
        ("contacts", "officer", {"own"}),
        ("contacts", "other_chief", {"foreign"}),
        ("contacts", "leader", {"own", "foreign"}),
        ("contacts", "chain_team", None),
        ("contacts", "manager", None),
        ("contacts", "security", None),
    ],
)
def test_each_list_shows_a_role_its_own(database, cast, world, name, who, seen):
    spec = listing.get(name)
    with database.reading() as session:
        me = actor(session, getattr(cast, who))
        query = spec.read(session, me, ANY)
        if seen is None:
            with pytest.raises(NotAllowed):
                spec.select_page(session, me, query)
            return
        assert {world[name][row.id] for row in spec.select_page(session, me, query).rows} == seen
        assert {world[name][row.id] for row in spec.iterate(session, me, query)} == seen
        assert spec.counts(session, me, [query]) == [len(seen)]


@pytest.mark.parametrize("name", listing.SPECS)
def test_every_column_filter_order_and_view_of_a_list_works(database, cast, world, name):
    """Each of them is asked once, alone, with whatever words it offers."""
    spec = listing.get(name)
    with database.writing() as session:
        make_segment(session)
        for subject_id in world.get(name, {}):
            session.add(RecordTag(subject_kind=spec.subject, subject_id=subject_id, tag="重点"))
        session.flush()
        me = actor(session, cast.officer)
        offered = 0
        for each in spec.offered_filters(me):
            for option in spec.options(session, me, each):
                query = spec.read(session, me, {each.key: [option.value]})
                assert query.problems == (), (each.key, option)
                assert spec.text_of(spec.read_text(session, me, spec.text_of(query))) == spec.text_of(query)
                spec.select_page(session, me, query)
                offered += 1
        assert offered > 5
        for key in spec.sorts:
            for word in (key, "-" + key):
                rows = spec.select_page(session, me, spec.read(session, me, ANY | {"sort": [word]})).rows
                assert len({row.id for row in rows}) == len(rows)
        for view in spec.views(me):
            query = spec.read(session, me, {key: [w for k, w in view.pairs if k == key] for key, _word in view.pairs})
            assert query.problems == (), view.key
            spec.select_page(session, me, query)
        columns = [*spec.offered_columns(me), *spec.export_columns(me)]
        for row in spec.iterate(session, me, spec.read(session, me, ANY), columns=columns):
            for column in columns:
                value = column.value(row)
                assert column.kind is not Kind.WORDS or isinstance(value, list), column.key


def test_contacts_are_masked_and_not_guessed(database, cast, world):
    spec = listing.get("contacts")
    with database.reading() as session:
        contact = session.get(Contact, next(key for key, whose in world["contacts"].items() if whose == "own"))

        def found(who: int, text: str) -> int:
            me = actor(session, who)
            return len(spec.select_page(session, me, spec.read(session, me, {"q": [text]})).rows)

        assert found(cast.officer, contact.name) == 1
        assert found(cast.officer, contact.phone) == 1
        assert found(cast.officer, contact.name[:2]) == 0
        assert found(cast.officer, contact.phone[:7]) == 0
        # A leader sees names masked and may not look behind the mask: no search tells them either.
        assert found(cast.leader, contact.name) == 0
        assert found(cast.leader, contact.phone) == 0
        me = actor(session, cast.officer)
        (row,) = spec.select_page(session, me, spec.read(session, me, {})).rows
        said = {column.key: column.value(row) for column in spec.columns}
        assert said["name"] == mask_name(contact.name) != contact.name
        assert contact.phone not in str(said)
        assert "name" not in spec.sorts


def test_projects_by_stage_batch_amount_and_side(database, cast, world):
    spec = listing.get("projects")
    with database.writing() as session:
        me = actor(session, cast.leader)

        def found(**asked: str) -> list[str]:
            query = spec.read(session, me, {name: [word] for name, word in asked.items()})
            assert query.problems == ()
            return [world["projects"][row.id] for row in spec.select_page(session, me, query).rows]

        assert found(batch="signed") == ["foreign"]
        assert found(stage="negotiating") == ["own"]
        assert found(sort="stage") == ["own", "foreign"]
        assert found(sort="-amount") == ["foreign", "own"]
        assert found(amount_from="15元") == ["foreign"]
        session.query(Project).update({"side_state": SideState.LOST})
        assert found() == []
        assert len(found(side="lost")) == 2
