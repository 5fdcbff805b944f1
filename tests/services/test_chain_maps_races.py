"""Several editors of one map at the same moment, with real connections: nobody's change is lost, none is half saved."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from chains.engine import edit
from crm.models import ChainRevision
from crm.services import chain_maps
from crm.services.chain_maps import MapConflict, Saved
from tests.cast import make_cast
from tests.factories import actor
from tests.mapping import KEY, make_chain, tea


def together(*tasks):
    """Run all at the same moment; their results or the conflicts that they met."""
    barrier = Barrier(len(tasks))

    def run(task):
        barrier.wait(timeout=30)
        try:
            return task()
        except MapConflict as conflict:
            return conflict

    with ThreadPoolExecutor(len(tasks)) as threads:
        return list(threads.map(run, tasks))


def renaming(database, person_id: int, key: str, name: str):
    def task() -> Saved:
        with database.writing() as session:
            person = actor(session, person_id)
            return chain_maps.change(session, person, KEY, 2, lambda old: edit.rename(old, key, name, ""), "同时改")

    return task


def test_all_who_edit_at_once_are_merged(own_database):
    with own_database.writing() as session:
        cast = make_cast(session)
        make_chain(session, cast.chain_team)
    keys = [segment.key for segment in tea().leaves()]
    saved = together(*(renaming(own_database, cast.chain_team, key, f"新{key}") for key in keys))
    assert sorted(each.number for each in saved) == [3, 4, 5, 6, 7]
    with own_database.reading() as session:
        found = chain_maps.current(session, KEY)
        assert {segment.name_zh for segment in found.map.leaves()} == {f"新{key}" for key in keys}
        assert found.row.revision == found.number == 7
        assert session.query(ChainRevision).count() == 7


def test_of_those_who_rename_one_segment_the_first_wins_and_the_others_are_asked(own_database):
    with own_database.writing() as session:
        cast = make_cast(session)
        make_chain(session, cast.chain_team)
    got = together(*(renaming(own_database, cast.chain_team, "sale", name) for name in ("茶馆", "茶铺", "茶店")))
    (winner,) = [each for each in got if isinstance(each, Saved)]
    assert winner.number == 3
    assert [each.number for each in got if isinstance(each, MapConflict)] == [3, 3]
