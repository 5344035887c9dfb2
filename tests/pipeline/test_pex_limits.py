"""Nights under PEX's real limits: 120 calls a minute, and 10 an hour on the list of purchases."""

from __future__ import annotations

from functools import partial

import pytest

from tests.pipeline.pex_desk import PexDesk
from tests.pipeline.pex_night import CARDS, TAGS
from tests.pipeline.quotas import put_off, share_windows

LISTS = "/v4/Details/AllCardholderTransactions"


def limited(desk: PexDesk) -> None:
    """The tags are filled; from now on PEX's limits hold, and all runs share what is left of them."""
    desk.tonight(*TAGS)
    desk.stage.sandbox.vendors["pex"].quota.set_mode("real")
    share_windows(desk.night)


@pytest.mark.feature("PEX-25")
def test_many_receipts_wait_for_the_next_minute_and_meet_no_refusal(cards: PexDesk) -> None:
    limited(cards)
    for number in range(1, 71):
        cards.receipt(cards.buy(f"-{number}.00"))
    put_off(cards.night, partial(cards.tonight, *CARDS))
    asked = cards.stage.requests("pex")
    assert len(asked) > 120
    assert [one for one in asked if one.status == 429] == []
    assert len(cards.files()) == 70


@pytest.mark.feature("PEX-22", "PEX-35")
def test_runs_that_ask_for_more_lists_than_an_hour_has_are_put_off_and_go_on_by_themselves(cards: PexDesk) -> None:
    limited(cards)
    for number in range(6):
        cards.buy(f"-{number + 1}.00")
        waited = put_off(cards.night, partial(cards.night.run, *CARDS))
        assert len(waited) == (number == 5), f"run {number + 1}"
    assert "PEX's limit of 10 lists of purchases an hour is used up until" in str(waited[0])
    asked = [one for one in cards.stage.requests("pex") if one.path == LISTS]
    assert [one.status for one in asked] == [200] * 12
    assert len(cards.costs()) == 6
