"""The desk of each role: what waits today, in the order of urgency; what is not theirs is not there."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.domain.access import Role
from crm.domain.introductions import IntroductionState
from crm.domain.leads import LeadSource
from crm.domain.pipeline import Stage
from crm.infra.clock import instant_at, now, today
from crm.models import Activity, FollowUp, Introduction, Lead, Match, Person, Project, Reminder
from crm.services import reminders
from tests import factories
from tests.statements import counted

#: Statements of one desk, the session's and the bell's included.
CEILING = {Role.OFFICER: 14, Role.CHIEF: 17, Role.LEADER: 15}


def text(answer) -> str:
    return html.unescape(answer.get_data(as_text=True))


def heading(page: str) -> str:
    return re.search(r'<h1 class="lt-title">([^<]*)', page)[1].strip()


@pytest.fixture
def follow(database):
    """`follow(owner, days, subject)`: a lead of that person with a follow-up due in so many days at 10:00."""

    def make(person_id: int, days: int, subject: str, **changes: object) -> int:
        with database.writing() as session:
            due = instant_at(today() + timedelta(days=days)) + timedelta(hours=10)
            step = factories.next_step(subject=subject, at=now() + timedelta(days=1))
            lead = factories.make_lead(session, person_id, next_step=step, **changes)
            session.flush()
            row = session.scalars(select(FollowUp).where(FollowUp.lead_id == lead.id)).one()
            row.due_at = due
            return lead.id

    return make


@pytest.fixture
def plan(database):
    def run() -> None:
        with database.writing() as session:
            reminders.plan(session, "example.org")

    return run


@pytest.mark.parametrize("role", list(Role))
def test_every_role_has_a_desk_that_teaches_when_nothing_waits(sign_in, cast, role):
    answer = sign_in(cast.by_role()[role]).get("/crm/")
    assert answer.status_code == 200
    assert heading(text(answer))


def test_an_empty_queue_says_how_to_fill_it(sign_in, cast):
    page = text(sign_in(cast.officer).get("/crm/"))
    assert heading(page) == "今天没有到期的事"
    assert "登记线索时填「下次跟进」" in page
    assert "在线索页把线索推介给园区" in page


def test_the_title_counts_what_is_to_do_and_each_row_has_one_action(sign_in, cast, follow, plan):
    late = follow(cast.officer, -6, "早该打的电话")
    due = follow(cast.officer, 0, "今天的电话")
    follow(cast.officer, 3, "以后的拜访")
    plan()
    page = text(sign_in(cast.officer).get("/crm/"))
    rows = re.findall(r'<li class="desk-fu">.*?</li>', page, re.S)
    assert heading(page) == f"今天要做 {len(rows)} 件"
    assert page.index("早该打的电话") < page.index("今天的电话") < page.index("以后的拜访")
    for lead_id, words in ((late, "早该打的电话"), (due, "今天的电话")):
        row = next(row for row in rows if words in row)
        assert f'href="/crm/leads/{lead_id}#next"' in row
        assert "完成并排下次" in row
        assert "/snooze" in row
    assert "逾期" in next(row for row in rows if "早该打的电话" in row)
    assert "10:00" in next(row for row in rows if "今天的电话" in row)


@pytest.mark.parametrize(
    ("show", "there", "gone"),
    [
        ("overdue", "早该打的电话", "今天的电话"),
        ("due", "今天的电话", "早该打的电话"),
        ("coming", "以后的拜访", "今天的电话"),
        ("x", "以后的拜访", "从来没有"),
    ],
)
def test_the_tabs_show_one_group_and_odd_words_show_all(sign_in, cast, follow, plan, show, there, gone):
    for days, subject in ((-6, "早该打的电话"), (0, "今天的电话"), (3, "以后的拜访")):
        follow(cast.officer, days, subject)
    plan()
    page = text(sign_in(cast.officer).get(f"/crm/?show={show}"))
    assert there in page
    assert gone not in page


@pytest.mark.parametrize("other", ["colleague", "outsider"])
def test_what_others_must_do_is_not_on_my_desk(sign_in, cast, follow, plan, other):
    follow(getattr(cast, other), -3, "别人的电话", name="别人的公司（示例）")
    plan()
    page = text(sign_in(cast.officer).get("/crm/"))
    assert "别人的电话" not in page
    assert "别人的公司" not in page


def test_a_done_follow_up_leaves_the_desk(sign_in, cast, follow, plan, database):
    follow(cast.officer, -3, "早该打的电话")
    plan()
    with database.writing() as session:
        session.scalars(select(FollowUp)).one().done_at = now()
    plan()
    assert "早该打的电话" not in text(sign_in(cast.officer).get("/crm/"))


def test_protections_that_end_soon_are_counted_down(sign_in, cast, follow, database):
    lead_id = follow(cast.officer, 20, "以后", name="快到期的公司（示例）")
    follow(cast.officer, 20, "以后", name="还早的公司（示例）")
    with database.writing() as session:
        for lead in session.scalars(select(Lead)):
            lead.protected_until = today() + timedelta(days=6 if lead.id == lead_id else 60)
    page = text(sign_in(cast.officer).get("/crm/"))
    assert "余 6 天" in page
    assert "快到期的公司" in page
    assert "还早的公司" not in page


def test_answers_of_parks_and_new_matches_lead_to_their_pages(sign_in, cast, follow, database):
    first, second = follow(cast.officer, 9, "甲"), follow(cast.officer, 9, "乙")
    with database.writing() as session:
        offer = factories.make_offer(session, cast.park)
        answered = Introduction(
            lead_id=first, park_id=cast.park, offer_id=offer.id, state=IntroductionState.DECLINED, sent_by_id=cast.officer,
            sent_at=now(), answered_at=now(), answer_note="该层已租出",
        )  # fmt: skip
        session.add(answered)
        session.flush()
        for match in session.scalars(select(Match)):
            session.delete(match)
        session.flush()
        session.add(
            Match(
                lead_id=second, park_id=cast.park, offer_id=offer.id, status="to_verify", rank=1, low=61_000, high=71_000, coverage=90,
                parts={}, weights_version="x", first_seen_at=now(), computed_at=now(),
            )
        )  # fmt: skip
        answered_id = answered.id
    page = text(sign_in(cast.officer).get("/crm/"))
    assert "该层已租出" in page
    assert f'href="/crm/introductions/{answered_id}"' in page
    assert "61.0–71.0" in page
    assert f'href="/crm/leads/{second}#match"' in page


def test_my_numbers_count_this_week_and_last_by_their_own_days(sign_in, cast, database):
    monday = today() - timedelta(days=today().weekday())
    with database.writing() as session:
        for day, person in (
            (monday, cast.officer),
            (monday - timedelta(days=1), cast.officer),
            (monday - timedelta(days=2), cast.officer),
            (monday, cast.colleague),
            (monday - timedelta(days=8), cast.officer),
        ):
            session.add(
                Activity(
                    at=instant_at(day) + timedelta(minutes=1),
                    actor_id=person,
                    kind="follow_up.done",
                    section_id=cast.section,
                    params={},
                )
            )
    page = text(sign_in(cast.officer).get("/crm/"))
    row = re.search(r"实质跟进.*?</tr>", page, re.S)[0]
    assert re.findall(r'<td class="num">(\d+)</td>', row) == ["1", "2"]
    row = re.search(r"实质跟进.*?</tr>", text(sign_in(cast.chief).get("/crm/")), re.S)[0]
    assert re.findall(r'<td class="num">(\d+)</td>', row) == ["2", "2"]


def test_the_chief_sees_who_has_no_owner_what_is_unscreened_and_the_load(sign_in, cast, follow, plan, database):
    follow(cast.officer, 5, "以后", name="待筛查的公司（示例）")
    follow(cast.outsider, 5, "以后", name="别科的公司（示例）")
    with database.writing() as session:
        factories.make_lead(
            session, None, name="网站来的公司（示例）", source=LeadSource.WEBSITE, received_at=now() - timedelta(days=9)
        )
    plan()
    page = text(sign_in(cast.chief).get("/crm/"))
    assert "待筛查的公司" in page
    assert "网站来的公司" in page
    assert "别科的公司" not in page
    assert "分派负责人" in page
    assert re.search(r'陈思敏</th>.*?<td class="num">1</td>', page, re.S)


def test_what_was_escalated_reaches_the_chief_and_then_the_leader(sign_in, cast, follow, plan):
    follow(cast.officer, -30, "早该打的电话", name="拖了很久的公司（示例）")
    plan()
    chief = text(sign_in(cast.chief).get("/crm/"))
    assert "抄送给我" in chief
    assert "拖了很久的公司" in chief
    leader = text(sign_in(cast.leader).get("/crm/"))
    assert "拖了很久的公司" in leader
    assert "完成并排下次" not in leader  # a leader looks; the owner acts
    assert "/snooze" not in leader


def test_the_leader_is_asked_for_decisions_first(sign_in, cast, follow, database):
    lead_id = follow(cast.officer, 5, "以后")
    with database.writing() as session:
        lead = session.get(Lead, lead_id)
        session.add(
            Project(
                number="CB-2026-0001", lead_id=lead_id, enterprise_id=lead.enterprise_id, name="要决定的项目（示例）", stage=Stage.REVIEW,
                stage_since=now(), owner_id=cast.officer, section_id=cast.section, last_activity_at=now(),
                decision_asked="请协调西区规划调整", investment_fen=36_000_000_000,
            )
        )  # fmt: skip
    page = text(sign_in(cast.leader).get("/crm/"))
    assert heading(page) == "1 件请您决定"
    assert "请协调西区规划调整" in page
    assert "3.6 亿元" in page


def test_the_administrator_sees_what_does_not_run_and_no_business(sign_in, cast, follow, plan):
    follow(cast.officer, -3, "早该打的电话", name="某公司（示例）")
    plan()
    page = text(sign_in(cast.admin).get("/crm/"))
    assert "处要看" in heading(page)
    assert "后台任务" in page
    assert "三分钟没有心跳" in page
    assert "某公司" not in page


def test_the_security_desk_names_accounts_without_a_password(sign_in, cast, database):
    with database.writing() as session:
        for person in session.scalars(select(Person).where(Person.id != cast.colleague)):
            person.password_hash = "set"
    page = text(sign_in(cast.security).get("/crm/"))
    assert "1 个还没有设密码" in page
    assert "林同事" in page


def test_hostile_words_are_shown_as_words(sign_in, cast, follow, plan):
    follow(cast.officer, 0, "<script>alert(1)</script>%s %(x)s {{ 7*7 }}")
    plan()
    raw = sign_in(cast.officer).get("/crm/").get_data(as_text=True)
    assert "<script>alert" not in raw
    assert "%(x)s" in raw
    assert "{{ 7*7 }}" in html.unescape(raw)


@pytest.mark.parametrize("role", [Role.OFFICER, Role.CHIEF, Role.LEADER])
def test_a_desk_takes_no_more_statements_however_much_waits(sign_in, cast, follow, plan, role, database):
    browser = sign_in(cast.by_role()[role])
    for number in range(6):
        follow(cast.officer, -20 + number, f"电话 {number}")
        follow(cast.officer, number, f"以后 {number}")
    plan()
    browser.get("/crm/")
    with counted() as statements:
        assert browser.get("/crm/").status_code == 200
    assert len(statements) <= CEILING[role], "\n".join(statements)
    with database.reading() as session:
        assert len(session.scalars(select(Reminder)).all()) >= 7


# ── More time ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def reminder(follow, plan, database, cast) -> int:
    follow(cast.officer, -3, "早该打的电话")
    plan()
    with database.reading() as session:
        return session.scalars(select(Reminder.id).where(Reminder.rule == "follow_up_due")).one()


def test_more_time_is_given_for_a_reason_twice_at_most(sign_in, cast, reminder, plan, database):
    browser = sign_in(cast.officer)
    for days in (1, 2):
        assert browser.get(f"/crm/reminders/{reminder}/snooze").status_code == 200
        data = {"until": (today() + timedelta(days=days)).isoformat(), "reason": "对方出差"}
        answer = browser.post(f"/crm/reminders/{reminder}/snooze", data=data)
        assert answer.headers["Location"] == "/crm/"
    assert "已经顺延过两次" in text(browser.get(f"/crm/reminders/{reminder}/snooze"))
    assert browser.post(f"/crm/reminders/{reminder}/snooze", data=data).status_code == 422
    with database.reading() as session:
        assert session.scalars(select(FollowUp)).one().postponed == 2


@pytest.mark.parametrize(
    ("until", "reason", "said"),
    [
        ("", "出差", "请选日期"),
        ("2026-02-30", "出差", "日期"),
        ("2020-01-01", "出差", "今天以后"),
        ("2999-01-01", "出差", "最多延后"),
        (None, "", "请写明"),
        (None, "a\x00b", "控制字符"),
        (None, "长" * 400, "最多"),
    ],
)
def test_a_refused_asking_says_why_and_keeps_what_was_typed(sign_in, cast, reminder, until, reason, said):
    day = (today() + timedelta(days=1)).isoformat() if until is None else until
    answer = sign_in(cast.officer).post(f"/crm/reminders/{reminder}/snooze", data={"until": day, "reason": reason})
    assert answer.status_code == 422
    assert said in text(answer)


@pytest.mark.parametrize(
    ("who", "status"),
    [("colleague", 403), ("outsider", 404), ("other_chief", 404), ("manager", 404), ("leader", 404), ("chief", 200)],
)
def test_only_owner_and_chief_ask_for_time(sign_in, cast, reminder, who, status):
    assert sign_in(getattr(cast, who)).get(f"/crm/reminders/{reminder}/snooze").status_code == status
