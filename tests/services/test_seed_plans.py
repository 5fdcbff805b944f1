"""The shipped plans: drafts that nobody approved, tasks once each, and what people wrote stays theirs."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from chains.engine.loader import load_plan
from chains.engine.reading import FileError
from crm.domain.plans import PlanDocument, PlanState, TaskState
from crm.models import Chain, Park, PlanTask, PlanVersion
from crm.services.seed.plan_rows import store_plans
from crm.services.seed.upsert import Tally
from tests.planning import make_chain

SHIPPED = """\
chain: biomedicine
standing: 优势链条之一
measures:
  - {tier: growth, text: 靶向招商, section: 四（三）2}
goals:
  - {text: 缺环补到 3 个, year: 2027, value: 3, unit: 个, indicator: gaps_missing}
gaps: [materials]
parks:
  - {park: 甲园（示例）, role: 诊断原料}
  - {park: 他区园区, role: 中试}
tasks:
  - {text: 走访三家, section: 四（三）1, carriers: [甲园（示例）]}
  - {text: 建目标清单, section: 四（三）1, carriers: [甲园（示例）, 乙园（示例）]}
"""


def load(database, folder: Path, text: str = SHIPPED) -> Tally:
    (folder / "plan.yaml").write_text(text, encoding="utf-8")
    tally = Tally()
    with database.writing() as session:
        chain = session.scalars(select(Chain)).one()
        store_plans(session, tally, {chain.key: chain}, {chain.key: load_plan(folder)})
    return tally


@pytest.fixture
def chain(database, cast):
    with database.writing() as session:
        return make_chain(session).id


def test_a_shipped_plan_is_a_draft_with_tasks_of_nobody(database, cast, chain, tmp_path):
    notes = load(database, tmp_path).notes
    assert notes == ["plan of biomedicine: 他区园区 is no park of this district"]
    with database.reading() as session:
        row = session.scalars(select(PlanVersion)).one()
        assert (row.number, row.state, row.author_id) == (1, PlanState.DRAFT, None)
        document = PlanDocument.from_json(row.document)
        assert [park.park for park in document.parks] == ["park-one", "他区园区"]
        assert (document.gaps, document.goals[0].value) == (("materials",), 3)
        tasks = session.scalars(select(PlanTask).order_by(PlanTask.sort)).all()
        assert [(task.text, task.owner_id, task.due_on) for task in tasks] == [
            ("走访三家", None, None),
            ("建目标清单（甲园（示例）、乙园（示例））", None, None),
        ]
        assert [session.get(Park, task.park_id).name if task.park_id else None for task in tasks] == [
            "甲园（示例）",
            None,
        ]


def test_a_second_load_changes_nothing_and_doubles_nothing(database, cast, chain, tmp_path):
    load(database, tmp_path)
    with database.writing() as session:
        done = session.scalars(select(PlanTask).order_by(PlanTask.sort)).first()
        done.state, done.text = TaskState.DONE, "走访了三家（改写）"
    assert load(database, tmp_path).is_quiet
    with database.reading() as session:
        assert session.scalar(select(func.count(PlanTask.id))) == 2


def test_a_task_that_the_product_adds_later_comes_alone(database, cast, chain, tmp_path):
    load(database, tmp_path)
    more = SHIPPED + "  - {text: 办一次对接会, section: 四（三）1}\n"
    tally = load(database, tmp_path, more)
    assert (tally.added["plan_task"], tally.changed["plan_version"]) == (1, 1)
    assert load(database, tmp_path, more).is_quiet


@pytest.mark.parametrize(
    "touch",
    [
        {"author_id": "team"},
        {"state": PlanState.SUBMITTED},
        {"document": {"standing": "优势链条之一", "verdict": {"approved": False, "by": "区领导", "on": "2026-11-20"}}},
    ],
)
def test_what_people_wrote_is_left_alone_and_a_difference_is_noted(database, cast, chain, tmp_path, touch):
    load(database, tmp_path)
    with database.writing() as session:
        row = session.scalars(select(PlanVersion)).one()
        for name, value in touch.items():
            setattr(row, name, cast.chain_team if value == "team" else value)
        before = dict(row.document)
    tally = load(database, tmp_path, SHIPPED.replace("优势链条之一", "优势链条"))
    assert tally.is_quiet
    assert "plan of biomedicine: people have written in it, the shipped one is left alone" in tally.notes
    with database.reading() as session:
        assert session.scalars(select(PlanVersion)).one().document == before


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("gaps: [materials]", "gaps: [nowhere]", "no segment 'nowhere'"),
        ("indicator: gaps_missing", "indicator: happiness", "happiness"),
        ("text: 靶向招商", "text: 按纳税额给予奖励", "纳税挂钩"),
    ],
)
def test_a_plan_that_cannot_stand_is_named(database, cast, chain, tmp_path, old, new, words):
    with pytest.raises(FileError, match=words):
        load(database, tmp_path, SHIPPED.replace(old, new))
