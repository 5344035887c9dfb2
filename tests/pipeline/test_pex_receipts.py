"""Receipts in: files of purchases are attached to their direct costs, each once (PEX-25)."""

from __future__ import annotations

from contextlib import suppress

import pytest
import sqlalchemy as sa

from jobledger.errors import RetryLater
from jobledger.store.engine import writing
from jobledger.store.tables import intent, metadata
from sandbox.faults import Fault, Kind
from tests.pipeline.night import Died, dies_at
from tests.pipeline.pex_desk import PDF, PNG, PexDesk
from tests.pipeline.pex_night import CARDS, TAGS

pytestmark = pytest.mark.feature("PEX-25")


@pytest.fixture
def desk(cards: PexDesk) -> PexDesk:
    """The tags are filled."""
    cards.tonight(*TAGS)
    return cards


def names(desk: PexDesk) -> list[str]:
    """The names of the attached files."""
    return sorted(one["filename"] for one in desk.files())


def asked(desk: PexDesk) -> int:
    """How many purchases were asked for their receipts since the last call."""
    found = [one for one in desk.stage.requests("pex", "GET") if one.path.endswith("/Attachments")]
    desk.stage.sandbox.log.clear()
    return len(found)


def test_images_and_pdfs_are_attached_once_and_behind_our_own_lock(desk: PexDesk) -> None:
    bought = desk.buy()
    image, pdf = desk.receipt(bought, PNG), desk.receipt(bought, PDF)
    assert desk.tonight(*CARDS)["purchase_receipts"] == {"created": 2}
    number = desk.cost()["invoice_number"]
    assert names(desk) == sorted(
        [f"{number} receipt {image['AttachmentId']}.png", f"{number} receipt {pdf['AttachmentId']}.pdf"]
    )
    assert desk.cost()["origin_id"].startswith("pex:purchase:")
    writes = desk.night.writes()
    desk.tonight(*CARDS)
    assert desk.night.writes() == writes


def test_a_receipt_that_comes_later_is_attached_later(desk: PexDesk) -> None:
    bought = desk.buy()
    desk.tonight(*CARDS)
    assert desk.files() == []
    desk.receipt(bought)
    assert desk.tonight(*CARDS)["purchase_receipts"] == {"created": 1}
    desk.receipt(bought, PDF)
    desk.tonight(*CARDS)
    assert len(desk.files()) == 1, "what has a receipt is asked for another one once a week"
    desk.night.later(days=8)
    desk.tonight(*CARDS)
    assert len(desk.files()) == 2


def test_each_night_asks_only_for_what_may_still_have_a_receipt_to_come(desk: PexDesk) -> None:
    with_one = desk.buy("-1.00")
    desk.buy("-2.00", MerchantName="Without")
    desk.buy("-3.00", MerchantName="Not approved", MetadataApprovalStatus="NotReviewed")
    desk.buy("-4.00", MerchantName="No project", Tags={})
    desk.receipt(with_one)
    desk.night.set(cutover="2026-02-01")
    desk.buy("-5.00", MerchantName="Before", TransactionTime="2026-01-15T12:00:00")
    desk.tonight(*CARDS)
    assert asked(desk) == 2
    desk.tonight(*CARDS)
    assert asked(desk) == 1


def test_only_loaded_files_are_taken_and_malware_is_told(desk: PexDesk) -> None:
    bought = desk.buy()
    for status in ("NotLoaded", "Deleted", "HasMalware", "LoadFailed"):
        desk.receipt(bought, UploadStatus=status)
    assert desk.tonight(*CARDS)["purchase_receipts"] == {}
    assert desk.files() == []
    [run, *_] = desk.night.history("purchase_receipts")
    assert run.notes == [f"A receipt of {desk.cost()['invoice_number']} (Home Depot) holds malware: left out."]


def test_a_receipt_of_a_split_purchase_is_on_the_direct_cost_of_each_part(desk: PexDesk) -> None:
    on_tower, on_depot = desk.chosen(), desk.chosen(desk.depot)
    bought = desk.buy("-50.00", Split=[{**on_tower, "Amount": "30.00"}, {**on_depot, "Amount": "20.00"}])
    desk.receipt(bought)
    assert desk.tonight(*CARDS)["purchase_receipts"] == {"created": 2}
    assert len({one["direct_cost_id"] for one in desk.files()}) == 2


def test_the_receipt_of_a_purchase_that_was_held_follows_it(desk: PexDesk) -> None:
    bought = desk.buy(Tags={**desk.chosen(), "Cost codes": "999"})
    desk.receipt(bought)
    assert desk.tonight(*CARDS)["purchase_receipts"] == {"not_chosen": 1}
    desk.night.later(days=90)
    desk.change(bought, Tags=desk.chosen())
    assert desk.tonight(*CARDS)["purchase_receipts"] == {"created": 1}
    assert len(desk.files()) == 1


@pytest.mark.feature("PEX-23", "PEX-24")
def test_the_receipt_of_a_direct_cost_that_was_taken_back_is_on_the_next_one(desk: PexDesk) -> None:
    bought = desk.buy()
    desk.receipt(bought)
    desk.tonight(*CARDS)
    desk.change(bought, MetadataApprovalStatus="NotReviewed")
    desk.tonight(*CARDS)
    assert (desk.files(), desk.night.links("purchase_receipts")) == ([], {})
    desk.change(bought, MetadataApprovalStatus="Approved")
    assert desk.tonight(*CARDS)["purchase_receipts"] == {"created": 1}
    _stays_on(desk, desk.project)


def test_the_receipt_of_a_purchase_that_is_recoded_there_and_back_follows_it(desk: PexDesk) -> None:
    bought = desk.buy()
    desk.receipt(bought)
    desk.tonight(*CARDS)
    for project in (desk.depot, desk.project):
        desk.change(bought, Tags=desk.chosen(project))
        desk.tonight(*CARDS)
        desk.tonight(*CARDS)
        _stays_on(desk, project)


def _stays_on(desk: PexDesk, project: int) -> None:
    """The one file is on the one direct cost, of a project, and neither more nights nor a whole reading change that."""
    cost = desk.cost()
    assert cost["project_id"] == project
    for days in (1, 8):
        desk.night.later(days=days)
        desk.tonight(*CARDS)
        assert [one["direct_cost_id"] for one in desk.files()] == [cost["id"]]
        assert desk.night.open("purchase_receipts") == []


def test_a_file_of_another_kind_or_size_is_named_and_holds_up_no_other(
    desk: PexDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobledger.systems.procore.cost_attaching.MOST_BYTES", 5000)
    desk.receipt(desk.buy("-1.00", MerchantName="Text"), b"hello world, this is text")
    desk.receipt(desk.buy("-2.00", MerchantName="Large"), PNG + bytes(6000))
    desk.receipt(desk.buy("-3.00", MerchantName="Good"))
    assert desk.tonight(*CARDS)["purchase_receipts"] == {"created": 1, "invalid": 2}
    told = sorted(one.reason for one in desk.night.open("purchase_receipts"))
    assert told == [
        "The file has more than 5,000 bytes.",
        "The file is neither a PDF nor an image (PNG, JPEG, GIF, HEIC, TIFF).",
    ]
    assert len(desk.files()) == 1


def test_switched_off_no_purchase_is_asked_for_receipts(desk: PexDesk) -> None:
    desk.receipt(desk.buy())
    desk.pex(receipts=False)
    asked(desk)
    assert "purchase_receipts" not in desk.tonight(*CARDS)
    assert asked(desk) == 0


@pytest.mark.feature("ACC-27")
@pytest.mark.parametrize(
    "point", ["intent_open", "step unlocked", "step attached", "step locked", "answered", "linked"]
)
def test_wherever_a_task_dies_the_next_runs_attach_the_file_once_and_lock_the_cost_again(
    desk: PexDesk, point: str
) -> None:
    desk.receipt(desk.buy())
    desk.tonight("purchases")
    locked = desk.cost()["origin_id"]
    with pytest.raises(Died):
        desk.tonight("purchase_receipts", at_point=dies_at(point))
    for _ in range(3):
        desk.night.later(hours=1)
        desk.tonight(*CARDS)
    assert len(desk.files()) == 1
    assert desk.cost()["origin_id"] == locked
    assert "opened" not in desk.cost()["origin_data"]
    assert len(desk.night.links("purchase_receipts")) == 1
    assert [one for one in desk.night.rows(intent) if one.state == "open"] == []
    assert desk.night.open("purchase_receipts") == []


@pytest.mark.parametrize("trouble", ["drop_before_commit", "drop_after_commit", "garbage"])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_file_whose_answer_is_lost_is_looked_for_before_it_is_sent_again(
    desk: PexDesk, trouble: Kind, nth: int
) -> None:
    desk.receipt(desk.buy())
    desk.tonight("purchases")
    locked = desk.cost()["origin_id"]
    desk.stage.fault(Fault(system="procore", method="PATCH", path="direct_costs", kind=trouble, every=nth, times=4))
    with suppress(RetryLater):
        desk.tonight("purchase_receipts")
    assert desk.stage.sandbox.faults.active[0].fired
    desk.stage.fault()
    for _ in range(3):
        desk.night.later(hours=1)
        desk.tonight(*CARDS)
    assert len(desk.files()) == 1
    assert desk.cost()["origin_id"] == locked
    assert desk.night.open("purchase_receipts") == []


@pytest.mark.feature("ACC-1", "PEX-22")
def test_with_an_empty_database_purchases_and_files_are_recognised_and_none_is_made_again(desk: PexDesk) -> None:
    desk.receipt(desk.buy())
    desk.tonight(*CARDS)
    costs, files, options = desk.costs(), desk.files(), desk.options("Projects")
    with writing(desk.night.engine) as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(sa.delete(table))
    desk.tonight()
    desk.tonight()
    assert (desk.costs(), desk.files(), desk.options("Projects")) == (costs, files, options)
    assert len(desk.night.links("purchases")) == len(desk.night.links("purchase_receipts")) == 1
    writes = desk.night.writes()
    desk.tonight()
    assert desk.night.writes() == writes
