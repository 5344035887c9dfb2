"""An archived link takes part in no run until it is restored."""

from __future__ import annotations

import pytest

from jobledger.store import links
from jobledger.store.engine import writing
from tests.pipeline.night import Night, narrowed


@pytest.mark.feature("XER-37")
def test_an_archived_pair_is_left_alone_and_a_restored_one_catches_up(night: Night) -> None:
    company = night.company("Apex Steel")
    night.run("companies")
    now = night.stage.sandbox.world.clock.now()
    with writing(night.engine) as connection:
        assert links.archive(connection, night.pair, "companies", str(company["id"]), "ann", now)
        assert not links.archive(connection, night.pair, "companies", str(company["id"]), "ann", now)
    night.later(hours=1)
    night.stage.seed("procore", "vendors", {"id": company["id"], "name": "Apex Structural Steel"})
    assert night.run("companies", "contacts")["companies"] == {"not_chosen": 1}
    assert night.contacts() == ["Apex Steel"]
    with writing(night.engine) as connection:
        assert links.restore(connection, night.pair, "companies", str(company["id"]))
    night.later(hours=1)
    assert night.run("companies", scope=narrowed(full_refresh=True))["companies"] == {"updated": 1}
    assert night.contacts() == ["Apex Structural Steel"]
