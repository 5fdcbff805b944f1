"""Loading a district: its files and the chains' maps into the database, by key, as often as one likes."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.orm import Session

from chains.engine import check, loader
from chains.engine.reading import FileError
from crm.services.seed import chain_rows, district_rows, gbt, plan_rows
from crm.services.seed.district import DISTRICTS, read_district
from crm.services.seed.upsert import Tally


def load_district(
    session: Session, key: str = "liwan", *, path: Path | None = None, chain_data: Path = loader.DATA
) -> Tally:
    """Store the district of that key (or in `path`) with its chains; a second run changes nothing.

    All files are read and checked before the first row is written. Raises `FileError` naming file and line.
    Facts that people entered on seeded records (units, figures, overrides, baselines) are not touched.
    """
    folder = path or DISTRICTS / key
    if not folder.is_dir():
        raise FileError(folder, 0, "there is no such district")
    maps = {chain.key: chain for chain in loader.load_all(chain_data)}
    plans = {chain: loader.load_plan(chain_data / chain) for chain in maps}
    for chain in maps.values():
        for problem in check.check(chain):
            raise FileError(Path(chain.path), problem.line, problem.sentence)
    district = read_district(folder, maps.values())
    maps = {chain.key: maps[chain.key] for chain in district.chains if chain.has_map}
    tally = Tally()
    gbt.load_own_table(session, tally)
    chains = chain_rows.store_chains(session, tally, district, maps, plans)
    platforms = district_rows.store_platforms(session, tally, district)
    district_rows.store_parks(session, tally, district, platforms, chains)
    enterprises = district_rows.store_enterprises(session, tally, district)
    chain_rows.store_placements(session, tally, enterprises, maps)
    district_rows.store_policies(session, tally, district)
    district_rows.store_targets(session, tally, district)
    district_rows.store_tiers(session, tally, district)
    plan_rows.store_plans(session, tally, chains, plans)
    session.flush()
    return tally
