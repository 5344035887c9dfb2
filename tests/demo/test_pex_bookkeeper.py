"""What happens in PEX in the middle of the demo follows from purchases and receipts; a second time there is nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from demo.bookkeepers.pex import MOVED, evening
from sandbox.app import Sandbox
from sandbox.datasets import load
from sandbox.world import Clock

Row = dict[str, Any]


def purchase(
    number: int, status: str = "Approved", settled: bool = True, day: str = "2026-11-02", **chosen: str
) -> Row:
    """A purchase with these values in its tags, cost code and all."""
    values = {"Projects": "7", "Cost codes": "300", **{name.replace("_", " "): value for name, value in chosen.items()}}
    tags = [{"Name": name, "Value": value} for name, value in values.items() if value]
    times = {"TransactionTime": f"{day}T07:30:00", "SettlementTime": f"{day}T23:30:00" if settled else None}
    head = {"TransactionId": number, "MetadataApprovalStatus": status, **times}
    return {**head, "TransactionTags": {"Tags": tags}, "TransactionNotes": []}


def receipt(number: int, status: str = "Loaded") -> Row:
    return {"AttachmentId": f"a-{number}", "TransactionId": number, "UploadStatus": status}


def test_a_project_is_chosen_a_recent_purchase_reviewed_and_a_receipt_loaded() -> None:
    rows = [
        purchase(1, Projects=""),
        purchase(2, "NotReviewed"),
        purchase(3),
        purchase(4, "NotReviewed", day="2026-07-02"),
    ]
    found = evening(rows, [receipt(3, "NotLoaded")])
    assert found.completed == [{"TransactionId": 1, "Tags": {"Projects": "7", "Cost codes": "300"}}]
    assert found.reviewed == [{"TransactionId": 2, "MetadataApprovalStatus": "Approved"}]
    assert found.receipts == [{"AttachmentId": "a-3", "UploadStatus": "Loaded"}]
    assert found.moved == []


def test_the_newest_purchase_with_a_receipt_goes_to_another_project_once() -> None:
    rows = [purchase(1, Projects="8"), purchase(3), purchase(2)]
    receipts = [receipt(1), receipt(3)]
    [moved] = evening(rows, receipts).moved
    assert (moved["TransactionId"], moved["Tags"]["Projects"], moved["Notes"]) == (3, "8", [MOVED])
    after = purchase(3, Projects="8") | {"TransactionNotes": [{"NoteText": MOVED}]}
    assert not evening([rows[0], after, rows[2]], receipts)


@pytest.mark.parametrize("other", [purchase(1, settled=False), purchase(1, Cost_codes=""), purchase(1, "Rejected")])
def test_what_is_pending_not_coded_or_rejected_is_left_alone(other: Row) -> None:
    assert not evening([other, purchase(2)], [])


def test_in_the_demo_s_data_there_is_something_of_each_kind_and_nothing_a_second_time() -> None:
    sandbox = Sandbox(clock=Clock(datetime(2026, 11, 21, tzinfo=UTC).timestamp))
    load(sandbox.world, {name: sandbox.vendors[name] for name in ("procore", "pex")}, "demo")

    def rows(entity: str) -> list[Row]:
        return list(sandbox.world.tables.all(f"pex.{entity}"))

    found = evening(rows("transactions"), rows("attachments"))
    assert [len(some) for some in (found.completed, found.reviewed, found.moved, found.receipts)] == [1, 1, 1, 1]
    for entity, some in (
        ("attachments", found.receipts),
        ("transactions", [*found.completed, *found.reviewed, *found.moved]),
    ):
        for one in some:
            sandbox.vendors["pex"].seed(entity, one)
    assert not evening(rows("transactions"), rows("attachments"))
    sandbox.close()
