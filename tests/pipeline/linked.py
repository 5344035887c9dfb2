"""Worlds after their first two stages: made once, and brought back for each test that starts from one."""

from __future__ import annotations

import sqlite3
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, TypeVar

from tests.pipeline.desk import Desk
from tests.pipeline.night import FLOWS, SETTINGS, STAGE_1, STAGE_2, Night
from tests.pipeline.site import Site

S = TypeVar("S", bound=Site)


@dataclass(frozen=True)
class Kept:
    """A world as it was when its first two stages were done: both vendors, the store, and what the test knows."""

    rows: list[tuple[str, str, dict[str, Any]]]
    offset: float
    chance: Any
    store: sqlite3.Connection
    settings: dict[str, Any]
    number: int
    known: dict[str, Any]


_kept: dict[type[Site], Kept] = {}


def linked(kind: type[S], night: Night) -> S:
    """A world of that kind on a night, its first two stages done; brought back where the night is as it began."""
    began = _as_it_began(night)
    if began and kind in _kept:
        return _brought_back(kind, _kept[kind], night)
    world = kind(night)
    night.run(*STAGE_1)
    night.run(*STAGE_2)
    if began:
        _kept[kind] = _keep(world)
    return world


def _as_it_began(night: Night) -> bool:
    """Whether nothing has happened on a night, of which the store is a SQLite file."""
    changed = night.number or night.with_suites or night.settings != SETTINGS or night.flows != FLOWS
    world = night.stage.sandbox.world
    return not changed and not world.clock.offset and not world.ledger() and night.engine.dialect.name == "sqlite"


def _keep(world: Site) -> Kept:
    night, sandbox = world.night, world.stage.sandbox.world
    store = sqlite3.connect(":memory:")
    with night.engine.connect() as connection:
        _sqlite(connection).backup(store)
    tables = sandbox.tables
    return Kept(
        rows=[(entity, key, row) for entity in tables.entities() for key, row in tables.items(entity)],
        offset=sandbox.clock.offset,
        chance=sandbox.random.getstate(),
        store=store,
        settings=night.settings,
        number=night.number,
        known=deepcopy({name: value for name, value in vars(world).items() if name not in ("night", "stage")}),
    )


def _brought_back(kind: type[S], kept: Kept, night: Night) -> S:
    sandbox = night.stage.sandbox.world
    sandbox.tables.clear()
    for entity, key, row in kept.rows:
        sandbox.tables.put(entity, key, row)
    sandbox.tables.commit()
    sandbox.clock.offset = kept.offset
    sandbox.random.setstate(kept.chance)
    with night.engine.connect() as connection:
        kept.store.backup(_sqlite(connection))
    night.settings, night.number = dict(kept.settings), kept.number
    world = kind.__new__(kind)
    vars(world).update(deepcopy(kept.known), night=night, stage=night.stage)
    return world


def _sqlite(connection: Any) -> sqlite3.Connection:
    found = connection.connection.driver_connection
    assert isinstance(found, sqlite3.Connection)
    return found


def site_of(night: Night) -> Site:
    """The contractor's world with bills that go out authorised."""
    return linked(Site, night)


def desk_of(night: Night) -> Desk:
    """The contractor's world with the defaults of an integration."""
    return linked(Desk, night)
