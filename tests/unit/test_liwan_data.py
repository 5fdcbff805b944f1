"""The Liwan files: complete, in our own words, every fact with a section of the document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from chains.engine.loader import DATA, load_all, load_plan
from chains.engine.reading import FileError
from crm.domain.policies import Instrument, Tier
from crm.services.seed.district import DISTRICTS, read_district
from crm.services.seed.records import District

FOLDER = DISTRICTS / "liwan"
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
SEED = SHARED / "liwan_seed.yaml"
DOCUMENT = SHARED / "000_103210e8a138a734.txt"
LONGEST_QUOTE = 24


@pytest.fixture(scope="module")
def liwan() -> District:
    return read_district(FOLDER, load_all())


def test_the_counts_are_those_of_the_document(liwan):
    assert len(liwan.platforms) == 3
    assert len(liwan.policies) == 31
    assert len(liwan.targets) == 9
    assert [tier.tier for tier in liwan.tiers] == [Tier.MATURE, Tier.GROWTH, Tier.INCUBATION]
    # 12 that the document lists as chains, one more that it places in a park, and 8 of its directions with a map.
    assert len(liwan.chains) == 21
    assert {chain.key for chain in liwan.chains if chain.has_map} == {folder.name for folder in DATA.iterdir()}
    assert len(liwan.enterprises) == 17
    assert len(liwan.parks) == 58


def test_the_figures_of_the_targets_are_those_of_the_document(liwan):
    figures = {(t.year, t.indicator): (t.operator, t.value, t.unit) for t in liwan.targets if not t.is_qualitative}
    assert figures == {
        (2027, "规上工业总产值"): ("达", 560, "亿元"),
        (2027, "工业增加值占GDP比重"): ("达", 30, "%"),
        (2027, "生产性服务业规模"): ("突破", 500, "亿元"),
        (2027, "社会消费品零售总额"): ("达", 850, "亿元"),
        (2027, "累计建成产业载体"): ("达", 600, "万平方米"),
        (2035, "现代都市工业增加值"): ("力争迈上", 1000, "亿元"),
    }
    assert {target.section for target in liwan.targets} == {"二"}


def test_each_instrument_of_the_engine_is_the_measure_of_its_tier(liwan):
    by_tier = {tier.tier: {instrument for _text, instrument in tier.measures} - {None} for tier in liwan.tiers}
    assert by_tier == {
        Tier.MATURE: {Instrument.LAND_QUOTA},
        Tier.GROWTH: {Instrument.SPLIT_TRANSFER},
        Tier.INCUBATION: {Instrument.GUARANTEED_HOUSING, Instrument.INCUBATOR},
    }
    assert {policy.instrument for policy in liwan.policies} - {None} == set(Instrument)


@pytest.mark.parametrize(
    ("names", "key"),
    [
        (("奥宝汇创意园", "奥宝汇科创园"), "aobaohui"),
        (("海龙围科创区58亩产业园", "海龙科创区58亩产业园", "海龙围58亩产业园"), "hailongwei_58mu"),
        (("立白综合科技园一期", "立白科技园"), "libai_phase1"),
        (("广州发电厂",), "power_plant"),
        (("1906科技园",), "park_1906"),
        (("上下九", "上下九步行街"), "shangxiajiu"),
    ],
)
def test_one_place_is_one_record_with_all_its_names_and_facts(liwan, names, key):
    for name in names:
        owners = [park.key for park in liwan.parks if name in _names(park)]
        assert owners == [key]
    park = next(park for park in liwan.parks if park.key == key)
    assert len(park.sections) >= 2


def test_the_only_area_is_the_one_that_the_document_gives(liwan):
    assert {park.key: park.land_area_mu for park in liwan.parks if park.land_area_mu} == {"hailongwei_58mu": 58}


def test_leading_firms_are_those_that_the_document_calls_so(liwan):
    leaders = {firm.name for firm in liwan.enterprises if firm.leader}
    assert leaders == {"广药集团", "立白集团", "唯品会", "名创优品", "大参林", "大翔科技", "国药集团"}


def test_firms_are_placed_on_segments_only_with_a_section(liwan):
    sections = {passage.id for passage in liwan.passages}
    firms = {firm.name: firm for firm in liwan.enterprises}
    placements = [placement for chain in load_all() for placement in chain.placements]
    assert len(placements) == 12
    for placement in placements:
        assert placement.section in sections
        assert placement.section in firms[placement.enterprise].sections
        assert placement.leader is not True or firms[placement.enterprise].leader


def test_chain_maps_and_plans_cite_sections_of_the_document(liwan):
    sections = {passage.id for passage in liwan.passages}
    names = {name for park in liwan.parks for name in _names(park)}
    for chain in load_all():
        plan = load_plan(DATA / chain.key)
        cited = {*chain.sections, *(ref.section for s in chain.segments for ref in s.sources if ref.section)}
        cited |= {entry.section for entry in (*plan.measures, *plan.goals, *plan.tasks)}
        assert cited <= sections
        assert {carrier for task in plan.tasks for carrier in task.carriers} <= names
        assert set(plan.firms) <= {firm.name for firm in liwan.enterprises}


def test_platform_regions_are_marked_as_the_inference_they_are(liwan):
    assert {platform.region_basis for platform in liwan.platforms} == {"inference"}
    assert all(platform.region_note for platform in liwan.platforms)


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("parks.yaml", "section: 三（二）1", "section: 九", "no section '九'"),
        ("parks.yaml", "platform: baietan", "platform: nowhere", "no platform 'nowhere'"),
        ("parks.yaml", "weight: 1000", "weight: 1001", "whole number from 1 to 1000"),
        ("parks.yaml", "segment: health_consulting", "segment: nothing", "no segment of chain 'health' 'nothing'"),
        ("parks.yaml", "kind: area", "kind: castle", "'castle' is not one of"),
        ("parks.yaml", "name: 聚龙湾片区", "name: 大坦沙片区", "belongs to 'datansha' already"),
        ("parks.yaml", "parent: dongsha_park", "parent: nowhere", "no other park 'nowhere'"),
        ("parks.yaml", "key: julongwan", "key: datansha", "duplicate key 'datansha'"),
        ("parks.yaml", "anchors: [中信泰富", "anchors: [无名公司", "no enterprise '无名公司'"),
        ("enterprises.yaml", "carriers: [longxi_avenue]", "carriers: [nowhere]", "no park 'nowhere'"),
        ("enterprises.yaml", "leader: true", "leader: maybe", "true or false"),
        ("targets.yaml", "unit: 亿元, ", "", "operator, value and unit"),
        ("policies.yaml", "tiers: all", "tiers: most", "'most' is not one of"),
        ("policies.yaml", "instrument: land_quota", "instrument: gold", "'gold' is not one of"),
        ("tiers.yaml", "tier: growth", "tier: mature", "each of these tiers once"),
        ("chains.yaml", "group: potential", "group: secret", "no group of chains 'secret'"),
        ("platforms.yaml", "region: south", "region: west", "no region 'west'"),
    ],
)
def test_a_mistake_in_a_districts_file_is_named_with_file_and_line(tmp_path, file, old, new, words):
    for path in FOLDER.iterdir():
        text = path.read_text(encoding="utf-8")
        if path.name == file:
            assert old in text
            line = text[: text.index(old)].count("\n") + 1
            text = text.replace(old, new, 1)
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    with pytest.raises(FileError) as caught:
        read_district(tmp_path, load_all())
    assert words in caught.value.sentence
    assert caught.value.path == tmp_path / file
    assert 0 < caught.value.line <= line + 1


def _names(park) -> set[str]:
    return {park.name, *(alias.name for alias in (*park.aliases, *park.titles))}


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, entry in value.items():
            yield str(key)
            yield from _texts(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from _texts(entry)
    elif isinstance(value, str):
        yield value


def _plain(text: str) -> str:
    return re.sub(r"\s", "", text)


if SEED.exists():  # the quoted source lies outside the project: these compare our words with it
    SOURCE = yaml.safe_load(SEED.read_text(encoding="utf-8"))
    CARRIERS = [carrier for platform in SOURCE["platforms"] for carrier in platform["carriers"]]

    def test_every_place_of_the_source_is_a_park_with_that_section_and_platform(liwan):
        for entry in (*CARRIERS, *SOURCE["demonstration_carriers"]):
            park = next((park for park in liwan.parks if entry["name"] in _names(park)), None)
            assert park is not None, entry["name"]
            assert entry["section"] in park.sections, entry["name"]
            for alias in entry.get("aliases", ()):
                name, section = re.fullmatch(r"(.+?)(?: \((.+)\))?", alias).groups()
                assert name in _names(park)
                assert section is None or section in park.sections, alias
        for platform in SOURCE["platforms"]:
            ours = next(ours for ours in liwan.platforms if ours.name == platform["name"])
            assert ours.section == platform["section"]
            assert set(ours.industries) == set(platform["industries"])
            for entry in platform["carriers"]:
                park = next(park for park in liwan.parks if entry["name"] in _names(park))
                assert park.platform == ours.key, entry["name"]

    def test_the_platform_of_a_demonstration_carrier_is_the_one_of_the_source_or_unknown(liwan):
        keys = {platform.name: platform.key for platform in liwan.platforms}
        on_platforms = {entry["name"] for entry in CARRIERS}
        for entry in SOURCE["demonstration_carriers"]:
            park = next(park for park in liwan.parks if entry["name"] in _names(park))
            if not on_platforms & _names(park):
                assert park.platform == keys.get(entry.get("platform")), entry["name"]

    def test_every_firm_of_the_source_is_an_enterprise_with_that_section(liwan):
        for entry in SOURCE["enterprises_and_institutions"]:
            for name in entry["name"].split("、"):
                firm = next((firm for firm in liwan.enterprises if firm.name == name), None)
                assert firm is not None, name
                assert entry["section"] in firm.sections, name
                assert firm.is_institution == (entry.get("kind") == "institution")

    def test_every_chain_and_group_of_the_source_is_listed(liwan):
        for entry in SOURCE["chains"]:
            if entry.get("kind") == "reference_frame":
                assert liwan.chain_frame == (entry["name"], entry["count"], entry["section"])
                continue
            chain = next((c for c in liwan.chains if entry["name"] in (c.name, *c.aliases)), None)
            assert chain is not None, entry["name"]
            assert chain.section == entry["section"]
            assert list(chain.stages) == entry.get("stages", [])
            group = next(group for group in liwan.chain_groups if group.key == chain.group)
            assert group.name == entry["tier"]
        for entry in SOURCE["chain_groups"]:
            group = next(group for group in liwan.chain_groups if entry["name"] in (group.name, *group.aliases))
            assert (list(group.firms), group.section) == (entry["lead_enterprises"], entry["section"])
            assert list(group.institutions) == entry.get("institutions", [])

    def test_every_policy_target_and_tier_of_the_source_is_listed(liwan):
        policies = {(policy.title, policy.category, policy.section) for policy in liwan.policies}
        assert policies == {(p["name"], p["category"], p["section"]) for p in SOURCE["policy_instruments"]}
        targets = {(target.key, target.year, target.indicator, target.section) for target in liwan.targets}
        assert targets == {(t["id"], t["year"], t["indicator"], t["section"]) for t in SOURCE["targets"]}
        tiers = [(list(tier.applies_to), tier.section) for tier in liwan.tiers]
        assert tiers == [(entry["applies_to"], entry["section"]) for entry in SOURCE["size_tiers"]]

    def test_the_frame_of_the_source_is_listed(liwan):
        ours = {(entry.kind, name, entry.section) for entry in liwan.frame for name in (entry.name, *entry.aliases)}
        for kind, theirs in (
            ("pillars", "pillars"),
            ("systems", "promised_systems"),
            ("organisation", "organisation"),
            ("regional_frame", "regional_frame"),
        ):
            for entry in SOURCE[theirs]:
                assert (kind, entry["name"], entry["section"]) in ours

    def test_every_section_that_the_source_cites_is_listed(liwan):
        cited: set[str] = set()
        waiting: list[object] = [SOURCE]
        while waiting:
            value = waiting.pop()
            if isinstance(value, dict):
                cited |= {value["section"]} if "section" in value else set()
                waiting.extend(value.values())
            elif isinstance(value, list):
                waiting.extend(value)
        assert cited == {passage.id for passage in liwan.passages}


if DOCUMENT.exists():

    def test_no_text_of_ours_copies_a_passage_of_the_document():
        document = _plain(re.sub(r"\[bookmark: \w+\]", "", DOCUMENT.read_text(encoding="utf-8")))
        length = LONGEST_QUOTE + 1
        passages = {document[start : start + length] for start in range(len(document) - length + 1)}
        files = [*FOLDER.glob("*.yaml"), *DATA.glob("*/*.yaml")]
        assert len(files) == 9 + 2 * 21  # the district, and a map and a plan of each chain
        for path in files:
            for text in _texts(yaml.safe_load(path.read_text(encoding="utf-8"))):
                ours = _plain(text)
                copied = [ours[i : i + length] for i in range(len(ours) - length + 1)]
                assert not passages.intersection(copied), f"{path.name}: {text}"
