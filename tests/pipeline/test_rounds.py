"""A run that is started once more, as when it is cleared: it does what is left, and tells what it did this time."""

from __future__ import annotations

import pytest

from jobledger.store import history
from jobledger.store.engine import reading
from tests.pipeline.night import Night


@pytest.mark.feature("XER-84")
def test_what_was_mended_since_goes_through_when_the_same_run_is_started_again(night: Night) -> None:
    night.with_suites = True
    night.company("Apex Steel")
    wrong = night.company("Bolt " * 60)
    assert night.run("companies", run_id="june") == {"companies": {"created": 1, "invalid": 1}}
    night.later(minutes=5)
    night.stage.seed("procore", "vendors", {"id": wrong["id"], "name": "Bolt Electric"})
    assert night.run("companies", run_id="june")["companies"]["created"] == 1
    assert night.contacts() == ["Apex Steel", "Bolt Electric"]
    before = night.writes()
    night.later(minutes=5)
    assert set(night.run("companies", run_id="june")["companies"]) == {"unchanged"}
    assert night.writes() == before
    with reading(night.engine) as connection:
        assert history.open_records(connection, night.pair) == []
        told = [one.outcome for one in history.life_of(connection, night.pair, str(wrong["id"]))]
    assert told == ["invalid", "created"]
