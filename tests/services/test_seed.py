"""Loading the district, its chains and the industry table: by key, again and again, leaving people's facts alone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from chains.engine.loader import DATA, load_all
from chains.engine.reading import FileError
from crm.cli.chains import chains as chains_command
from crm.cli.seed import seed as seed_command
from crm.domain.enterprises.gbt4754 import table
from crm.domain.errors import Invalid
from crm.domain.policies import Tier
from crm.domain.space import Region
from crm.infra.db import Database
from crm.infra.schema import migrate
from crm.models import (
    Building,
    Chain,
    Enterprise,
    EnterpriseAlias,
    IndustryCode,
    Park,
    ParkAlias,
    ParkPositioning,
    Placement,
    Platform,
    Policy,
    Segment,
    SegmentEdge,
    Target,
    TierMeasure,
)
from crm.services.seed.district import DISTRICTS
from crm.services.seed.gbt import import_full_table
from crm.services.seed.load import load_district
from tests.demo import Loaded

HEADER = "code,level,parent,name_zh\n"


@pytest.fixture
def district(settled: Loaded) -> Iterator[Database]:
    """The loaded district, for a test that changes things: they are taken back."""
    with settled.undone() as database:
        yield database


@pytest.fixture
def copy(tmp_path: Path):
    """Own copies of the district's folder and the chains' folder, to edit."""
    district, chain_data = tmp_path / "liwan", tmp_path / "chains"
    shutil.copytree(DISTRICTS / "liwan", district)
    shutil.copytree(DATA, chain_data)
    return district, chain_data


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def _count(session, model) -> int:
    return session.scalar(select(func.count()).select_from(model))


def test_the_district_and_its_chains_arrive_whole(settled: Loaded):
    with settled.database.reading() as session:
        counts = {
            model.__tablename__: _count(session, model)
            for model in (Platform, Park, Enterprise, Policy, Target, TierMeasure, Chain, Placement)
        }
        assert counts == {
            "platform": 3,
            "park": 58,
            "enterprise": 17,
            "policy": 31,
            "target": 9,
            "tier_measure": 3,
            "chain": 21,
            "placement": sum(len(chain.placements) for chain in load_all()),
        }
        assert _count(session, IndustryCode) == len(table())
        assert _count(session, Segment) > 200
        assert _count(session, SegmentEdge) > 400


def test_a_loaded_park_carries_names_facts_weights_and_nothing_unknown(settled: Loaded):
    with settled.database.reading() as session:
        park = session.scalars(select(Park).where(Park.key == "hailongwei_58mu")).one()
        assert park.land_cmu == 5800
        assert park.platform.region is Region.SOUTH
        assert {(alias.name, alias.section) for alias in park.aliases} == {
            ("海龙科创区58亩产业园", "四（三）1"),
            ("海龙围58亩产业园", "四（四）4（2）"),
            ("广佛制造业协同示范园区", "四（四）4（2）"),
        }
        assert [fact["section"] for fact in park.facts] == ["三（二）3", "四（三）1", "四（四）4（2）"]
        assert all(weight.segment_id is None for weight in park.positionings)
        assert (park.env_max, park.buildings, park.is_demo) == (None, [], False)
        valley = session.scalars(select(Park).where(Park.key == "longxi_avenue")).one()
        assert {(p.segment.key, p.weight) for p in valley.positionings} == {
            ("target_discovery", 1000),
            ("ivd_reagents", 1000),
            ("patent_tcm", 900),
            ("preclinical_cro", 900),
        }


def test_a_loaded_firm_is_found_by_pinyin_and_leads_only_where_the_document_says_so(settled: Loaded):
    with settled.database.reading() as session:
        firm = session.scalars(select(Enterprise).where(Enterprise.key == "dashenlin")).one()
        assert "dashenlin" in firm.pinyin.split()
        assert (firm.is_chain_leader, firm.tier, firm.tier_rule["rule"]) == (True, Tier.MATURE, "chain_leader")
        works = session.scalars(select(Enterprise).where(Enterprise.key == "giihg")).one()
        assert (works.is_chain_leader, works.tier, works.uscc) == (False, None, None)
        assert [alias.name for alias in works.aliases] == ["广州工控集团"]


def test_a_second_load_writes_nothing(district: Database):
    with district.writing() as session:
        park = session.scalars(select(Park).where(Park.key == "mixc")).one()
        before = (park.version, park.updated_at)
        tally = load_district(session)
        assert not session.dirty
    assert tally.is_quiet, tally.lines()
    with district.reading() as session:
        park = session.scalars(select(Park).where(Park.key == "mixc")).one()
        assert (park.version, park.updated_at) == before


def test_an_edited_file_changes_exactly_what_was_edited(database: Database, copy):
    folder, chain_data = copy
    with database.writing() as session:
        load_district(session, path=folder, chain_data=chain_data)
    _edit(folder / "policies.yaml", "category: 土地", "category: 用地")
    _edit(folder / "parks.yaml", "{星河 COCOPARK: 三（二）1}", "{星河可可园: 三（二）1}")
    _edit(folder / "parks.yaml", "segment: health_retail, weight: 700", "segment: pharmacy, weight: 650")
    _edit(chain_data / "health" / "map.yaml", "  hospital_it: [general_hospital, ", "  hospital_it: [")
    with database.writing() as session:
        tally = load_district(session, path=folder, chain_data=chain_data)
    assert sorted(tally.lines()) == [
        "chain_revision: 1 added, 0 changed, 0 removed",
        "park_alias: 1 added, 0 changed, 1 removed",
        "park_positioning: 1 added, 0 changed, 1 removed",
        "policy: 0 added, 1 changed, 0 removed",
        "segment_edge: 0 added, 0 changed, 1 removed",
    ]


def test_what_people_added_to_a_seeded_record_survives_a_load(district: Database):
    with district.writing() as session:
        park = session.scalars(select(Park).where(Park.key == "mixc")).one()
        session.add(ParkAlias(park_id=park.id, name="万象城"))
        session.add(Building(park_id=park.id, name="1 号楼"))
        park.tiers = ["growth"]
        firm = session.scalars(select(Enterprise).where(Enterprise.key == "liby")).one()
        firm.employees, firm.tier_override, firm.tier = 300, Tier.GROWTH, Tier.GROWTH
        session.add(EnterpriseAlias(enterprise_id=firm.id, name="立白", normalised_name="立白"))
        segment = session.scalars(select(Segment).where(Segment.key == "laundry_care")).one()
        session.add(Placement(enterprise_id=firm.id, segment_id=segment.id, source="走访"))
        target = session.scalars(select(Target).where(Target.key == "t2027_retail")).one()
        target.baseline = 700
    with district.writing() as session:
        tally = load_district(session)
    assert tally.is_quiet, tally.lines()
    with district.reading() as session:
        park = session.scalars(select(Park).where(Park.key == "mixc")).one()
        assert [alias.name for alias in park.aliases] == ["万象城"]
        assert (len(park.buildings), park.tiers) == (1, ["growth"])
        firm = session.scalars(select(Enterprise).where(Enterprise.key == "liby")).one()
        assert (firm.employees, firm.tier) == (300, Tier.GROWTH)
        assert session.scalars(select(Placement).where(Placement.enterprise_id == firm.id)).one().source == "走访"
        assert session.scalars(select(Target).where(Target.key == "t2027_retail")).one().baseline == 700


def _without_segment(path: Path, key: str) -> None:
    """Take a segment out of a map file, with everything that names it."""
    kept, inside = [], False
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("  - key: "):
            inside = line == f"  - key: {key}"
        elif not line.startswith("    "):
            inside = False
        if not inside and not line.startswith(f"  {key}: ["):
            kept.append(line.replace(f", {key}]", "]").replace(f", {key},", ",").replace(f"[{key}, ", "["))
    path.write_text("\n".join(kept) + "\n", encoding="utf-8")


def test_a_segment_that_left_the_map_goes_unless_a_firm_stands_on_it(database: Database, copy):
    folder, chain_data = copy
    with database.writing() as session:
        load_district(session, path=folder, chain_data=chain_data)
        firm = session.scalars(select(Enterprise).where(Enterprise.key == "liby")).one()
        firm.segment_id = session.scalars(select(Segment.id).where(Segment.key == "oral_care")).one()
    for key in ("oral_care", "perfume"):
        _without_segment(chain_data / "fashion" / "map.yaml", key)
    with database.writing() as session:
        tally = load_district(session, path=folder, chain_data=chain_data)
    assert tally.removed["segment"] == 1
    assert tally.notes == ["segment fashion/oral_care left the map but is in use: kept"]
    with database.reading() as session:
        keys = set(session.scalars(select(Segment.key)))
        assert "oral_care" in keys
        assert "perfume" not in keys


def test_a_faulty_file_stops_the_load_before_the_first_row(database: Database, copy):
    folder, chain_data = copy
    _edit(chain_data / "health" / "map.yaml", "  checkup: [", "  checkup: [checkup, ")
    with database.writing() as session:
        with pytest.raises(FileError, match="cycle: 健康体检 → 健康体检"):
            load_district(session, path=folder, chain_data=chain_data)
        assert _count(session, Chain) == 0
    with database.writing() as session:
        with pytest.raises(FileError, match="there is no such district"):
            load_district(session, "atlantis")


def test_a_firm_that_another_district_does_not_list_is_noted_not_placed(database: Database, copy):
    folder, chain_data = copy
    _edit(chain_data / "fashion" / "map.yaml", "enterprise: 唯品会", "enterprise: 别区公司")
    with database.writing() as session:
        tally = load_district(session, path=folder, chain_data=chain_data)
    assert tally.notes == ["别区公司 on fashion/platform_commerce: not a firm of this district, skipped"]


def test_weights_of_a_park_point_to_segments_of_their_own_chain(settled: Loaded):
    with settled.database.reading() as session:
        for weight in session.scalars(select(ParkPositioning)):
            assert weight.segment is None or weight.segment.chain_id == weight.chain_id
            assert 0 < weight.weight <= 1000


def test_the_full_industry_table_is_imported_all_or_nothing(database: Database, tmp_path: Path):
    file = tmp_path / "codes.csv"
    file.write_text(f"{HEADER}A,1,,农、林、牧、渔业\n01,2,A,农业\n011,3,01,谷物种植\n", encoding="utf-8")
    with database.writing() as session:
        tally = import_full_table(session, file)
        assert tally.added["industry_code"] == 3
        assert import_full_table(session, file).is_quiet
        row = session.get(IndustryCode, "011")
        assert (row.level, row.parent, row.name) == (3, "01", "谷物种植")
    file.write_text(f"{HEADER}B,1,,采矿业\n99,2,Z,乱写\n", encoding="utf-8")
    with database.writing() as session:
        with pytest.raises(Invalid, match="第 3 行"):
            import_full_table(session, file)
        assert session.get(IndustryCode, "B") is None


@pytest.fixture
def empty_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A migrated SQLite database that the commands find through the environment."""
    monkeypatch.setenv("LIANTU_DATA_DIR", str(tmp_path / "var"))
    url = f"sqlite:///{tmp_path}/cli.db"
    monkeypatch.setenv("LIANTU_DATABASE_URL", url)
    database = Database.from_url(url)
    migrate(database.bind)
    database.dispose()
    return tmp_path


def test_the_seed_command_loads_reports_and_says_when_nothing_is_left(empty_installation: Path):
    first = CliRunner().invoke(seed_command, ["district"])
    assert first.exit_code == 0, first.output
    assert "park: 58 added, 0 changed, 0 removed" in first.output
    second = CliRunner().invoke(seed_command, ["district", "--key", "liwan"])
    assert (second.exit_code, second.output) == (0, "nothing to change\n")
    wrong = CliRunner().invoke(seed_command, ["district", "--key", "atlantis"])
    assert wrong.exit_code == 1
    assert "there is no such district" in wrong.output


def test_the_industries_command_names_the_faulty_line(empty_installation: Path):
    file = empty_installation / "codes.csv"
    file.write_text(f"{HEADER}A,1,,农业\n01,2,B,乱写\n", encoding="utf-8")
    result = CliRunner().invoke(seed_command, ["industries", str(file)])
    assert result.exit_code == 1
    assert "第 3 行" in result.output


def test_the_chains_command_judges_our_maps_and_names_what_is_wrong_in_others(copy):
    _district, chain_data = copy
    good = CliRunner().invoke(chains_command, ["check"])
    assert good.exit_code == 0, good.output
    assert good.output.count(" 0 problems") == len(load_all())
    path = chain_data / "health" / "map.yaml"
    _edit(path, "  checkup: [", "  checkup: [nowhere, ")
    bad = CliRunner().invoke(chains_command, ["check", str(path.parent)])
    assert bad.exit_code == 1
    assert f"{path}:" in bad.output
    assert "there is no segment 'nowhere'" in bad.output
    path.write_text("key: [", encoding="utf-8")
    broken = CliRunner().invoke(chains_command, ["check", str(path.parent)])
    assert broken.exit_code == 1
    assert "health: not readable, 1 problems" in broken.output
