"""The city's lists of chains: read strictly, a mistake named with its line, and our own as the sources print them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from chains.engine.frames import Frame, load_frames
from chains.engine.loader import load_all
from chains.engine.reading import FileError

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
LISTS = {
    "guangzhou_2021": SHARED / "guangzhou_21_chains_2021.csv",
    "guangzhou_2025": SHARED / "guangzhou_12218_clusters_2025.csv",
}

SMALL = """\
key: city_2021
name: {zh: 全市产业链, en: Chains of the city}
date: 2021-06-07
status: 据报道
source: 某报
note: 只见报道
groups:
  - {key: pillars, name: {zh: 支柱, en: Pillars}}
  - {key: others, name: {zh: 其他, en: Others}}
chains:
  - {name: {zh: 茶, en: Tea}, group: pillars, maps: [tea, flowers]}
  - {name: {zh: 轨道交通, en: Rail}, group: others, maps: [], note: 无图谱}
"""


def written(folder: Path, text: str = SMALL, name: str = "city_2021") -> Path:
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def test_a_frame_is_read_as_written_and_finds_the_chain_of_a_map(tmp_path):
    (frame,) = load_frames(written(tmp_path), {"tea", "flowers"})
    assert (frame.key, frame.date, frame.status) == ("city_2021", "2021-06-07", "据报道")
    assert [(group.key, group.name_en) for group in frame.groups] == [("pillars", "Pillars"), ("others", "Others")]
    tea, rail = frame.chains
    assert (tea.group, tea.maps, tea.note) == ("pillars", ("tea", "flowers"), None)
    assert (rail.name_zh, rail.maps, rail.note) == ("轨道交通", (), "无图谱")
    assert frame.chain_of("flowers") is tea
    assert frame.chain_of("fashion") is None


def test_frames_come_with_the_oldest_first_and_need_no_groups(tmp_path):
    written(tmp_path)
    plain = SMALL.replace("key: city_2021", "key: a_newer_list").replace("2021-06-07", "2025-01-08")
    head, rest = plain.split("groups:\n")
    chains = rest[rest.index("chains:") :].replace("group: pillars, ", "").replace("group: others, ", "")
    written(tmp_path, head + chains, "a_newer_list")
    frames = load_frames(tmp_path, {"tea", "flowers"})
    assert [frame.key for frame in frames] == ["city_2021", "a_newer_list"]
    assert frames[1].groups == ()
    assert {chain.group for chain in frames[1].chains} == {None}


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("maps: [tea, flowers]", "maps: [tea, coffee]", 11, "no chain map 'coffee'"),
        ("maps: []", "maps: [tea]", 12, "'tea' belongs to '茶' already"),
        ("maps: [tea, flowers]", "maps: [tea, tea]", 11, "listed twice"),
        (", maps: []", "", 12, "missing field 'maps'"),
        ("zh: 轨道交通", "zh: 茶", 12, "'茶' is listed twice"),
        ("group: others, maps", "group: rest, maps", 12, "no group 'rest'"),
        ("group: others, maps", "maps", 12, "missing field 'group'"),
        ("key: others", "key: pillars", 9, "duplicate key 'pillars'"),
        ("date: 2021-06-07", "date: 2021-06", 3, "is not a day"),
        ("status: 据报道\n", "", 1, "missing field 'status'"),
        ("note: 只见报道", "note: 只见报道\nchief: 某人", 7, "unknown field 'chief'"),
        (", en: Chains of the city", "", 2, "missing field 'en'"),
        ("key: city_2021", "key: city_2022", 1, "differs from the file's name 'city_2021'"),
    ],
)
def test_a_mistake_in_a_frame_is_named_with_its_line(tmp_path, old, new, line, words):
    assert SMALL.count(old) >= 1
    written(tmp_path, SMALL.replace(old, new, 1))
    with pytest.raises(FileError) as caught:
        load_frames(tmp_path, {"tea", "flowers"})
    assert words in caught.value.sentence
    assert (caught.value.path, caught.value.line) == (tmp_path / "city_2021.yaml", line)


@pytest.mark.parametrize("folder", ["", "nowhere"])
def test_a_folder_without_frames_is_refused(tmp_path, folder):
    with pytest.raises(FileError, match="holds no frame"):
        load_frames(tmp_path / folder, ())


def test_a_frame_without_chains_is_refused(tmp_path):
    written(tmp_path, SMALL[: SMALL.index("chains:")] + "chains: []\n")
    with pytest.raises(FileError, match="lists no chain"):
        load_frames(tmp_path, ())


@pytest.fixture(scope="module")
def frames() -> dict[str, Frame]:
    return {frame.key: frame for frame in load_frames()}


def test_our_frames_are_the_two_versions_with_their_counts_and_groups(frames):
    assert list(frames) == list(LISTS)
    assert [len(frame.chains) for frame in frames.values()] == [21, 15]
    assert [len(frame.groups) for frame in frames.values()] == [0, 3]


def test_what_is_known_from_copies_only_says_so(frames):
    for frame in frames.values():
        assert "未见印发原文" in frame.status
        assert "不确知" in frame.note


def test_a_map_that_bears_the_name_of_a_citys_chain_belongs_to_it(frames):
    maps = {chain.name_zh: chain.key for chain in load_all()}
    for frame in frames.values():
        named = {chain.name_zh: chain.maps for chain in frame.chains if chain.name_zh in maps}
        assert named
        assert all(maps[name] in keys for name, keys in named.items())


if SHARED.exists():  # the lists lie outside the project: this compares our names with them

    @pytest.mark.parametrize("key", LISTS)
    def test_the_names_their_order_and_their_groups_are_those_of_the_list(frames, key):
        with LISTS[key].open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
        groups = {group.key: group.name_zh for group in frames[key].groups}
        ours = [(chain.name_zh, groups.get(chain.group)) for chain in frames[key].chains]
        assert ours == [(row["name"], row.get("group")) for row in rows]
