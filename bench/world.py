"""A seeded reserve library of any size: invented firms with Chinese names, people, leads, promises, projects, lights.

Made by bulk inserts, the same one every time, so that figures of two days can be compared. Every name carries 示例.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from crm.domain.access import Role
from crm.domain.enterprises.names import core, normalised
from crm.domain.enterprises.pinyin import pinyin_keys
from crm.domain.leads import FollowUpKind, Grade, LeadSource, LeadState
from crm.domain.pipeline import Stage, Track
from crm.domain.search import SearchKind
from crm.domain.space import Tenure
from crm.infra.clock import civil_date, now
from crm.infra.db import Database
from crm.models import Contact, Enterprise, FollowUp, Lead, Person, Project, Reminder, Segment
from crm.services import search
from crm.services.seed.demo import load_demo
from crm.services.seed.load import load_district

SEED = 20261124
#: Officers besides those of the demonstration, spread over the sections.
OFFICERS = 24
_CHUNK = 5_000

_PLACE = ("广州", "广州市荔湾区", "佛山", "深圳", "广东", "", "", "")
_SOUND = "穗岭粤荔珠江南海云华星辰博瑞康泰和润恒德信达元启明远航嘉禾盛景鼎承安诺维科凯思拓领创新亚中正天宇昊铭"
_TRADE = (
    "生物", "诊断", "医药", "医疗器械", "智能", "机器人", "新材料", "供应链", "食品", "服饰", "电子", "软件", "检测",
    "化妆品", "珠宝", "文化", "数字", "低空", "新能源", "环保",
)  # fmt: skip
_KIND = ("科技", "技术", "实业", "产业", "集团", "控股", "")
_ENDING = ("有限公司", "有限公司", "有限公司", "股份有限公司", "有限责任公司")
_FAMILY = "陈林黄李梁何周吴郑冯谭罗许叶"
_GIVEN = ("志强", "思敏", "文博", "晓彤", "建国", "丽华", "子轩", "雅琪", "伟明", "嘉欣")
_SUBJECT = ("核实用电容量", "约看场地", "问竞争地", "催平面图", "对接园区", "确认环评类别", "谈租金", "送政策汇编")
_STATES = (
    [LeadState.NEW] * 3 + [LeadState.SCREENING] * 7 + [LeadState.VALID] * 40 + [LeadState.INVALID] * 40
    + [LeadState.DUPLICATE] * 10
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class World:
    """What a bench needs to know: the demonstration officer and some of the leads that they may see."""

    officer_id: int
    lead_ids: list[int]


def firm_names(count: int) -> Iterator[str]:
    """Invented firm names; now and then two differ in one character only, as in life."""
    dice = random.Random(SEED)
    for _ in range(count):
        sound = "".join(dice.sample(_SOUND, dice.choice((2, 2, 3))))
        yield f"{dice.choice(_PLACE)}{sound}{dice.choice(_TRADE)}{dice.choice(_KIND)}{dice.choice(_ENDING)}（示例）"


def make(database: Database, count: int) -> World:
    """Fill a migrated, empty database with the district, its demonstration and `count` leads."""
    with database.writing() as session:
        load_district(session, "liwan")
        load_demo(session)
    with database.writing() as session:
        _hire(session)
    dice, names = random.Random(SEED + 1), firm_names(count)
    for start in range(0, count, _CHUNK):
        with database.writing() as session:
            _fill(session, dice, [next(names) for _ in range(min(_CHUNK, count - start))], start)
    _analyse(database)
    with database.reading() as session:
        officer = session.scalars(select(Person).where(Person.login == "demo-officer")).one()
        mine = select(Lead.id).where(Lead.section_id == officer.section_id).order_by(Lead.id.desc()).limit(400)
        return World(officer.id, list(session.scalars(mine)))


def _analyse(database: Database) -> None:
    """What a running PostgreSQL does by itself some minutes later, and the planner's tick has SQLite do."""
    with database.writing() as session:
        session.connection().exec_driver_sql("ANALYZE")


def _hire(session: Session) -> None:
    sections = _sections(session)
    session.execute(
        insert(Person),
        [
            {
                "login": f"bench-{n}",
                "name": f"{_FAMILY[n % len(_FAMILY)]}{_GIVEN[n % len(_GIVEN)]}",
                "role": Role.OFFICER,
                "section_id": sections[n % len(sections)],
            }
            for n in range(OFFICERS)
        ],
    )


def _sections(session: Session) -> list[int]:
    used = select(Person.section_id).where(Person.section_id.is_not(None)).distinct().order_by(Person.section_id)
    return [key for key in session.scalars(used) if key is not None]


def _fill(session: Session, dice: random.Random, names: list[str], start: int) -> None:
    """One chunk: firms, a contact and a lead each, promises, projects, lights, and the index that finds them."""
    owners = session.execute(select(Person.id, Person.section_id).where(Person.role == Role.OFFICER)).all()
    segments = list(session.scalars(select(Segment.id).order_by(Segment.id)))
    firms = list(session.scalars(_returning(Enterprise), [_firm(name) for name in names]))
    teams = [dice.choice(owners) for _ in firms]
    contacts = list(
        session.scalars(
            _returning(Contact),
            [
                {
                    "enterprise_id": firm,
                    "section_id": section,
                    "name": dice.choice(_FAMILY) + dice.choice(_GIVEN),
                    "phone": f"13{dice.randrange(10**9):09d}",
                }
                for firm, (_owner, section) in zip(firms, teams, strict=True)
            ],
        )
    )
    rows = [
        _lead(dice, start + at, firm, contact, owner, section, dice.choice(segments))
        for at, (firm, contact, (owner, section)) in enumerate(zip(firms, contacts, teams, strict=True))
    ]
    leads = list(session.scalars(_returning(Lead), rows))
    _promises(session, dice, leads, rows)
    projects = _projects(session, dice, leads, rows, names, start)
    for kind, ids in (
        (SearchKind.ENTERPRISE, firms),
        (SearchKind.CONTACT, contacts),
        (SearchKind.LEAD, leads),
        (SearchKind.PROJECT, projects),
    ):
        if ids:
            search.index(session, kind, ids)


def _returning(model):
    return insert(model).returning(model.id, sort_by_parameter_order=True)


def _firm(name: str) -> dict[str, object]:
    keys = pinyin_keys(name)
    return {
        "name": name,
        "normalised_name": normalised(name),
        "core_name": core(name),
        "pinyin": " ".join(keys.full)[:600],
        "initials": " ".join(keys.initials)[:200],
        "titles": [],
        "sections": [],
    }


def _lead(
    dice: random.Random, number: int, firm: int, contact: int, owner: int, section: int, segment: int
) -> dict[str, object]:
    received = now() - timedelta(hours=dice.randrange(24 * 900))
    state = dice.choice(_STATES)
    area = dice.randrange(300, 5000, 50)
    # A quarter of the open ones has a promise, half of those overdue.
    due = now() + timedelta(hours=dice.randrange(-240, 480)) if state.is_open and dice.random() < 0.25 else None
    return {
        "number": f"XS-2020-{number:06d}",
        "enterprise_id": firm,
        "contact_id": contact,
        "state": state,
        "source": dice.choice([source for source in LeadSource if source is not LeadSource.REFERRAL]),
        "owner_id": owner,
        "section_id": section,
        "registered_by_id": owner,
        "received_at": received,
        "last_activity_at": max(received, now() - timedelta(hours=dice.randrange(24 * 120))),
        "grade": dice.choice([None, *Grade]),
        "content": "想租厂房，做体外诊断试剂，最好一楼",
        "segment_id": segment,
        "investment_fen": dice.choice([None, dice.randrange(100, 50_000) * 1_000_000]),
        "tenure": dice.choice([Tenure.RENT, Tenure.RENT, Tenure.BUY]),
        "area_min": area,
        "area_target": area + 200,
        "area_max": area + 600,
        "platforms": [],
        "typed": {},
        "protected_until": civil_date(received) + timedelta(days=90),
        "next_due_at": due,
    }


def _promises(session: Session, dice: random.Random, leads: list[int], rows: list[dict[str, object]]) -> None:
    """What was done with each lead, what is promised, and the lights of promises that were not kept."""
    done = [
        {
            "lead_id": lead,
            "kind": FollowUpKind.CALL,
            "subject": dice.choice(_SUBJECT),
            "done_at": row["last_activity_at"],
            "outcome": "已联系",
            "owner_id": row["owner_id"],
            "due_at": None,
            "postponements": [],
        }
        for lead, row in zip(leads, rows, strict=True)
    ]
    waiting = [(lead, row) for lead, row in zip(leads, rows, strict=True) if row["next_due_at"] is not None]
    session.execute(insert(FollowUp), done)
    promised = list(
        session.scalars(
            _returning(FollowUp),
            [
                {
                    "lead_id": lead,
                    "kind": FollowUpKind.VISIT,
                    "subject": dice.choice(_SUBJECT),
                    "due_at": row["next_due_at"],
                    "owner_id": row["owner_id"],
                    "postponements": [],
                }
                for lead, row in waiting
            ],
        )
    )
    late = [
        {
            "rule": "follow_up_due",
            "subject_kind": "follow_up",
            "subject_id": promise,
            "lead_id": lead,
            "person_id": row["owner_id"],
            "started_on": civil_date(row["next_due_at"]),
            "yellow_on": civil_date(row["next_due_at"]),
            "red_on": civil_date(row["next_due_at"]) + timedelta(days=1),
        }
        for promise, (lead, row) in zip(promised, waiting, strict=True)
        if row["next_due_at"] <= now()
    ]
    if late:
        session.execute(insert(Reminder), late)


def _projects(
    session: Session,
    dice: random.Random,
    leads: list[int],
    rows: list[dict[str, object]],
    names: list[str],
    start: int,
) -> list[int]:
    """One valid lead in ten went on."""
    chosen = [at for at, row in enumerate(rows) if row["state"] is LeadState.VALID and dice.random() < 0.1]
    if not chosen:
        return []
    values = [
        {
            "number": f"CB-2020-{start + at:06d}",
            "lead_id": leads[at],
            "enterprise_id": rows[at]["enterprise_id"],
            "name": names[at],
            "stage": dice.choice(list(Stage)),
            "stage_since": rows[at]["last_activity_at"],
            "track": dice.choice(list(Track)),
            "grade": rows[at]["grade"],
            "segment_id": rows[at]["segment_id"],
            "owner_id": rows[at]["owner_id"],
            "section_id": rows[at]["section_id"],
            "investment_fen": rows[at]["investment_fen"],
            "last_activity_at": rows[at]["last_activity_at"],
            "facts": {},
        }
        for at in chosen
    ]
    return list(session.scalars(_returning(Project), values))
