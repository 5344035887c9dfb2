"""Whatever becomes of the answers, and whenever a task dies: what a test does to each kind of record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import pytest

from jobledger.errors import RetryLater
from jobledger.store.tables import intent
from sandbox.faults import Fault, Kind
from tests.pipeline.night import Died, dies_at

TROUBLE: list[tuple[Kind, bool]] = [
    ("drop_before_commit", False),
    ("drop_after_commit", True),
    ("garbage", True),
]
"""What becomes of the answers, and whether the vendor has carried the request out."""

POINTS = ("intent_open", "answered", "linked")
"""Where a task dies."""

STRIKES = len(TROUBLE) + len(POINTS)


def struck(desk: Any, flow: str, make: Callable[[int], Any], requests: Sequence[dict[str, str]]) -> None:
    """Carries a record over for each trouble and each death, after which it is tried again in peace.

    `make` lets the `n`-th record come about, `requests` say which requests are struck. Nothing is open in the end, and
    another night writes nothing.
    """
    for n, (trouble, executed) in enumerate(TROUBLE, 2):
        make(n)
        desk.stage.fault(*(Fault(**one, kind=trouble, executed=executed, times=9) for one in requests))  # type: ignore[arg-type]
        with suppress(RetryLater):
            desk.tonight(flow)
        assert sum(one.fired for one in desk.stage.sandbox.faults.active) > 0, trouble
        desk.stage.fault()
        desk.night.later(hours=1)
        desk.tonight(flow)
    for n, point in enumerate(POINTS, 2 + len(TROUBLE)):
        make(n)
        desk.night.later(minutes=10)
        with pytest.raises(Died):
            desk.night.run(flow, at_point=dies_at(point))
        desk.night.later(hours=1)
        desk.tonight(flow)
    desk.night.later(hours=1)
    desk.tonight(flow)
    assert [one for one in desk.night.rows(intent) if one.state == "open"] == []
    assert desk.night.open(flow) == []
    writes = desk.night.writes()
    desk.night.later(days=1)
    desk.tonight(flow)
    assert desk.night.writes() == writes
