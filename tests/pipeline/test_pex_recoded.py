"""A purchase that changes its project in PEX takes its receipts along."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.pipeline.pex_desk import PDF, PexDesk


@pytest.mark.feature("PEX-25", "ACC-1")
def test_a_recoded_purchase_has_its_receipt_on_its_new_direct_cost(cards: PexDesk) -> None:
    bought = cards.buy("-80.00")
    cards.receipt(bought, PDF)
    cards.tonight()
    assert [one["direct_cost_id"] for one in cards.files()] == [cards.cost()["id"]]

    cards.change(bought, Tags=cards.chosen(cards.depot))
    cards.tonight()
    assert cards.costs() == [(cards.depot, Decimal("80.00"))]
    assert cards.cost()["id"] in [one["direct_cost_id"] for one in cards.files()]
    assert cards.tonight()["purchase_receipts"].get("created", 0) == 0
