"""Whole histories, random and small: the figures of both sides after every night, and what becomes of every event.

`JOBLEDGER_HISTORIES=200` tries that many histories of each kind instead of a few.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from sqlalchemy.engine import Engine

from tests.pipeline import histories
from tests.pipeline.night import nights_on
from tests.pipeline.story import Story

TRIES = int(os.environ.get("JOBLEDGER_HISTORIES", "0"))
FEW = settings(
    max_examples=TRIES or 6,
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
