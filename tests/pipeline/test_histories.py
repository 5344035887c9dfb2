"""Whole histories, random and small: the figures of both sides after every night, and what becomes of every event.

`JOBLEDGER_HISTORIES=200` tries that many histories of each kind instead of a few.
"""

from __future__ import annotations

import os
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from sqlalchemy.engine import Engine

from tests.pipeline import histories
from tests.pipeline.fates import Fates
from tests.pipeline.night import nights_on
from tests.pipeline.story import Story

TRIES = int(os.environ.get("JOBLEDGER_HISTORIES", "0"))
FEW = settings(
    max_examples=TRIES or 2,
    deadline=None,
    derandomize=not TRIES,
    print_blob=True,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


def tell(engine: Engine, folder: Path, told: tuple[histories.Night, ...]) -> None:
    """Plays a history of money, and holds its figures against the model's after every night."""
    for night in nights_on(engine, folder):
        story = Story(night)
        for hours, happenings in told:
            night.later(hours=hours)
            story.play(happenings)
            story.site.documents()
            story.check()
        before = night.writes()
        night.later(hours=1)
        story.site.documents()
        assert night.writes() == before


@pytest.mark.feature("ACC-10", "ACC-11", "ACC-15", "ACC-16", "ACC-18", "ACC-19", "ACC-21", "ACC-24", "ACC-31", "ACC-32")
@pytest.mark.feature("XER-141", "XER-142", "XER-143", "XER-144", "XER-145")
@FEW
@given(told=histories.money())
def test_the_figures_of_both_sides_agree_after_every_night(
    database: Engine, tmp_path: Path, told: tuple[histories.Night, ...]
) -> None:
    tell(database, tmp_path, told)


def befall(engine: Engine, folder: Path, told: tuple[histories.Stretch, ...]) -> None:
    """Plays a history of events, and holds what is there and what is open against the table after every night."""
    for night in nights_on(engine, folder):
        fates = Fates(night)
        for hours, events in told:
            night.later(hours=hours)
            fates.play(events)
            fates.sleep()
            fates.check()
        before = night.writes()
        night.later(hours=1)
        fates.sleep()
        fates.check()
        assert night.writes() == before


@pytest.mark.feature("ACC-11", "ACC-27", "ACC-30", "ACC-31", "ACC-32")
@FEW
@given(told=histories.events())
def test_every_event_ends_as_the_table_says_and_one_more_night_writes_nothing(
    database: Engine, tmp_path: Path, told: tuple[histories.Stretch, ...]
) -> None:
    befall(database, tmp_path, told)


def event(act: str, amount: str = "100.00", which: int = 0) -> histories.Event:
    return histories.Event(act, which, Decimal(amount))


FOUND = {
    "a deleted commitment takes its order with it": ("sign", "delete"),
    "an order that is deleted in the books is noticed the next night": ("sign", "delete_order", ""),
    "a commitment deleted on both sides leaves nothing to do": ("sign", "delete_order delete"),
    "a change order of a commitment that is void does not count": ("sign", "extend void"),
    "a change order goes with its commitment": ("sign extend", "void", "approve"),
    "a line that somebody put into the order explains the difference": ("sign extend", "add_line", "reprice"),
    "lines of others and of change orders stay when a number changes": ("sign extend", "add_line renumber", "reprice"),
    "an edit in the books outlives changes of other fields": ("sign", "rename_order", "reprice", "retitle"),
    "a bill that is voided in the books is a conflict the next night": ("sign invoice", "void_bill", "rebill"),
    "a bill that is credited in the books is a conflict the next night": ("sign invoice", "credit_bill", "unpay"),
}
"""What random histories have found, as the acts of each night."""


@pytest.mark.feature("ACC-11", "ACC-30", "ACC-32")
@pytest.mark.parametrize("nights", FOUND.values(), ids=FOUND)
def test_what_was_found_once(database: Engine, tmp_path: Path, nights: tuple[str, ...]) -> None:
    amounts = (f"{100 + number}.00" for number in count())
    befall(database, tmp_path, tuple((24, tuple(event(act, next(amounts)) for act in acts.split())) for acts in nights))
