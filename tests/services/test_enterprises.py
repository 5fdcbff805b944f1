"""Enterprises: search while typing within the scope, facts taken over, size and tier by rule."""

from __future__ import annotations

from datetime import date

import pytest

from crm.domain.enterprises.words import Title
from crm.domain.errors import Invalid
from crm.domain.policies import Tier
from crm.infra.clock import today
from crm.models import EnterpriseAlias
from crm.services import enterprises
from crm.services.enterprises import EnterpriseFacts
from tests.factories import USCC, actor, make_enterprise, make_lead


@pytest.mark.parametrize("typed", ["大参林", "参林医药", "dashenlin", "DaCanLin", "dsl", "dcl", "参茸", USCC, USCC[:8]])
def test_an_enterprise_is_found_by_name_alias_pinyin_initials_and_code(database, cast, typed):
    with database.writing() as session:
        firm = make_enterprise(session, "大参林医药集团股份有限公司", uscc=USCC)
        session.add(EnterpriseAlias(enterprise_id=firm.id, name="参茸行", normalised_name="参茸行", pinyin="canrong"))
        make_enterprise(session, "立白企业集团有限公司")
        session.flush()
        found = enterprises.search(session, actor(session, cast.officer), typed)
        assert [each.enterprise.id for each in found] == [firm.id]
        assert found[0].alias == ("参茸行" if typed == "参茸" else None)


@pytest.mark.parametrize("typed", ["", "%", "_", "！", "不存在的企业"])
def test_nothing_is_found_for_nothing(database, cast, typed):
    with database.writing() as session:
        make_enterprise(session, "立白企业集团有限公司")
        assert enterprises.search(session, actor(session, cast.officer), typed) == []


def test_enterprises_behind_other_sections_leads_are_not_found(database, cast):
    with database.writing() as session:
        make_lead(session, cast.outsider, name="秘密医药有限公司")
        assert enterprises.search(session, actor(session, cast.officer), "秘密医药") == []
        assert len(enterprises.search(session, actor(session, cast.outsider), "秘密医药")) == 1
        assert len(enterprises.search(session, actor(session, cast.leader), "秘密医药")) == 1
        assert enterprises.search(session, actor(session, cast.manager), "秘密医药") == []


@pytest.mark.parametrize(
    ("facts", "size", "tier"),
    [
        ({"gbt_code": "2770", "employees": 1000, "revenue_fen": 40_000_000_000}, "large", Tier.MATURE),
        ({"gbt_code": "2770", "employees": 300, "revenue_fen": 2_000_000_000}, "medium", Tier.GROWTH),
        ({"gbt_code": "2770", "employees": 86, "revenue_fen": 6_800_000_000}, "small", Tier.INCUBATION),
        ({"gbt_code": "2770", "employees": 86, "titles": frozenset({Title.GAZELLE})}, "unknown", Tier.GROWTH),
        ({"is_listed": True}, "unknown", Tier.MATURE),
        ({"above_scale_registered": True}, "unknown", Tier.GROWTH),
        ({"founded_on": date(2025, 6, 1)}, "unknown", Tier.INCUBATION),
        ({}, "unknown", None),
    ],
)
def test_size_and_tier_follow_the_rules(facts, size, tier):
    found = enterprises.assess(EnterpriseFacts(name="甲", **facts))
    assert found.size.size.value == size
    assert found.tier.tier is tier


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "甲" * 201}, "name"),
        ({"name": "甲公司", "employees": 10**9}, "employees"),
        ({"name": "甲公司", "assets_fen": -1}, "assets"),
        ({"name": "甲公司", "founded_on": date(1700, 1, 1)}, "founded_on"),
        ({"name": "甲公司", "founded_on": date(2999, 1, 1)}, "founded_on"),
        ({"name": "甲公司", "gbt_code": "ZZ"}, "gbt_code"),
    ],
)
def test_impossible_facts_are_refused_at_their_field(facts, field):
    with pytest.raises(Invalid) as refused:
        enterprises.clean(EnterpriseFacts(**facts))
    assert refused.value.field == field


def test_a_change_keeps_what_is_not_stated_and_a_replacement_does_not(database, cast):
    with database.writing() as session:
        firm = make_enterprise(session, "甲诊断有限公司", employees=50, founded_on=today())
        facts = EnterpriseFacts(name="甲诊断有限公司", revenue_fen=100)
        assert enterprises.change(session, firm, facts) == ["revenue"]
        assert firm.employees == 50
        changed = enterprises.replace(session, firm, facts)
        assert set(changed) == {"employees", "founded_on"}
        assert firm.employees is None
