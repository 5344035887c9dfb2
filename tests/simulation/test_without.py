"""Each safeguard, taken out, makes the suite fail: what the tests say of it could be false."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from jobledger.pipeline import extract, load, settle
from jobledger.store import intents, leases
from jobledger.systems import paging
from jobledger.systems.xero import records
from tests.pipeline import test_never_twice, test_reading
from tests.pipeline.night import Night, new_database, nights_on
from tests.simulation.simulation import Failed, simulate

FAILS = (AssertionError, pytest.fail.Exception)
SEEDS = range(6)
Patch = pytest.MonkeyPatch


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with new_database(f"sqlite:///{tmp_path_factory.mktemp('without') / 'night.db'}") as engine:
        yield engine


@pytest.fixture
def night(engine: Engine, tmp_path: Path) -> Iterator[Night]:
    yield from nights_on(engine, tmp_path)


def no_intent(patch: Patch) -> None:
    """A write leaves no trace until it is answered."""
    real = intents.open_batch

    def at_once(connection: Any, lease: Any, members: Any, body: Any, now: Any) -> Any:
        key, opened = real(connection, lease, members, body, now)
        for one in opened:
            intents.settle(connection, one.id, "not_sent", now)
        return key, opened

    patch.setattr(intents, "open_batch", at_once)


def no_look_up(patch: Patch) -> None:
    """What had no answer counts as not sent, without a look."""
    patch.setattr(settle, "_look_up", lambda *_: None)
    patch.setattr(settle, "_surely_not_there", lambda *_: True)


@pytest.mark.parametrize("without", [no_intent, no_look_up])
def test_without_it_some_seed_fails(
    engine: Engine, tmp_path: Path, monkeypatch: Patch, without: Callable[[Patch], None]
) -> None:
    without(monkeypatch)
    with pytest.raises(Failed):
        for seed in SEEDS:
            for night in nights_on(engine, tmp_path):
                simulate(seed, night)


def test_without_the_overlap_a_record_that_shows_late_is_lost(night: Night, monkeypatch: Patch) -> None:
    monkeypatch.setattr(extract, "OVERLAP", timedelta(0))
    with pytest.raises((*FAILS, KeyError)):
        test_reading.test_a_record_that_appears_late_with_an_older_time_of_change_is_not_lost(night)


def test_without_the_fixed_order_and_the_second_pass_a_moving_list_loses_records(
    night: Night, monkeypatch: Patch
) -> None:
    monkeypatch.setitem(records._BY_ID, "order", "UpdatedDateUTC ASC")
    monkeypatch.setattr(paging._Pass, "saw_all", lambda _: True)
    with pytest.raises(FAILS):
        test_reading.test_a_list_that_moves_while_it_is_paged_loses_nothing(night, monkeypatch, "contacts")


def test_without_the_fence_a_run_that_lost_its_lease_confirms(night: Night, monkeypatch: Patch) -> None:
    monkeypatch.setattr(leases, "renew", lambda *_: None)
    with pytest.raises(FAILS):
        test_never_twice.test_a_run_that_lost_its_lease_cannot_confirm(night)


def test_without_the_look_for_newer_writes_a_cleared_task_undoes_them(night: Night, monkeypatch: Patch) -> None:
    monkeypatch.setattr(load, "_overtaken", lambda *_: False)
    with pytest.raises(FAILS):
        test_never_twice.test_a_cleared_task_of_last_week_does_not_undo_this_week(night)
