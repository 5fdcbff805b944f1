"""Files of leads: kept once, within the scope of the lead, taken off without being lost, swept when nobody knows them."""

from __future__ import annotations

import io
import os
import time

import pytest

from crm.domain.errors import Invalid, NotAllowed, NotFound
from crm.domain.leads import LeadState
from crm.infra.storage import FileStore
from crm.models import Activity, Attachment, AuditEntry, Evidence
from crm.services import attachments, projects, settings
from crm.services.attachments import Upload
from tests.factories import actor, make_lead

PDF = b"%PDF-1.7\n"


@pytest.fixture
def store(tmp_path) -> FileStore:
    return FileStore(tmp_path / "files")


def pdf(name: str = "意向书.pdf", more: bytes = b"") -> Upload:
    return Upload(name, io.BytesIO(PDF + more))


def test_a_file_is_kept_once_and_stands_in_trail_and_timeline(database, cast, store):
    with database.writing() as session:
        lead = make_lead(session, cast.officer)
        officer = actor(session, cast.officer)
        first = attachments.add(session, officer, store, lead, pdf("C:\\表\\意向书.pdf"))
        again = attachments.add(session, officer, store, lead, pdf("另一个名字.pdf"))
        assert again.id == first.id
        assert first.file_name == "意向书.pdf"
        assert first.media_type == "application/pdf"
        assert store.path(first.stored_name).read_bytes() == PDF
        assert list(store.names()) == [first.stored_name]
        assert "意向书" not in first.stored_name
        note = session.query(Activity).filter_by(kind="file.added").one()
        assert note.is_substantive
        assert note.params == {"file_id": first.id, "file": "意向书.pdf"}
        assert session.query(AuditEntry).filter_by(action="file.added").one().after["sha256"] == first.sha256


def test_only_who_may_edit_the_lead_adds_and_others_do_not_know_it(database, cast, store):
    with database.writing() as session:
        lead = make_lead(session, cast.officer)
        kept = attachments.add(session, actor(session, cast.officer), store, lead, pdf())
        for person_id in (cast.colleague, cast.leader):
            with pytest.raises(NotAllowed):
                attachments.add(session, actor(session, person_id), store, lead, pdf(more=b"2"))
            assert attachments.load(session, actor(session, person_id), kept.id).id == kept.id
        for person_id in (cast.outsider, cast.manager, cast.chain_team, cast.admin):
            with pytest.raises(NotFound):
                attachments.load(session, actor(session, person_id), kept.id)
        assert len(list(store.names())) == 1


def test_a_refused_file_leaves_nothing(database, cast, store):
    with database.writing() as session:
        lead = make_lead(session, cast.officer)
        officer = actor(session, cast.officer)
        settings.set_value(session, actor(session, cast.admin), "files.most_mb", 1, "试")
        with pytest.raises(Invalid, match="超过 1 MB"):
            attachments.add(session, officer, store, lead, pdf(more=b"x" * 1_048_576))
        with pytest.raises(Invalid, match="内容不是 PDF"):
            attachments.add(session, officer, store, lead, Upload("假.pdf", io.BytesIO(b"<html>")))
        assert list(store.names()) == []
        assert session.query(Attachment).count() == 0


def test_removal_keeps_row_and_content_but_not_evidence(database, cast, store):
    with database.writing() as session:
        lead = make_lead(session, cast.officer)
        officer = actor(session, cast.officer)
        kept = attachments.add(session, officer, store, lead, pdf())
        with pytest.raises(NotAllowed):
            attachments.remove(session, actor(session, cast.colleague), kept.id)
        lead.state = LeadState.VALID
        project = projects.promote(session, officer, lead.id)
        proof = Evidence(project_id=project.id, kind="contract", attachment_id=kept.id)
        session.add(proof)
        session.flush()
        with pytest.raises(Invalid, match="关口的证据"):
            attachments.remove(session, officer, kept.id)
        session.delete(proof)
        session.flush()
        attachments.remove(session, officer, kept.id)
        assert attachments.of_lead(session, lead.id) == []
        with pytest.raises(NotFound):
            attachments.load(session, officer, kept.id)
        assert session.get(Attachment, kept.id).removed_at is not None
        assert store.path(kept.stored_name).exists()
        # Taken off by mistake, it can be handed in again.
        assert attachments.add(session, officer, store, lead, pdf()).id != kept.id


def test_sweeping_takes_only_old_files_that_no_row_knows(database, cast, store):
    with database.writing() as session:
        lead = make_lead(session, cast.officer)
        kept = attachments.add(session, actor(session, cast.officer), store, lead, pdf())
        orphans = [store.put(io.BytesIO(b"x"), most=10).name for _n in range(2)]
        yesterday = time.time() - 25 * 3600
        for name in (kept.stored_name, orphans[0]):
            os.utime(store.path(name), (yesterday, yesterday))
        assert attachments.sweep(session, store) == 1
        assert sorted(store.names()) == sorted([kept.stored_name, orphans[1]])
