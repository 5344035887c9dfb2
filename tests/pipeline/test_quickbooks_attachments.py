"""Files on Procore's invoices, attached to their bills in QuickBooks Online."""

from __future__ import annotations

import base64
from contextlib import suppress
from typing import Any

import pytest

from jobledger.errors import RetryLater
from jobledger.integration import Integration
from sandbox.faults import Fault
from tests.pipeline.quickbooks_desk import QuickBooksDesk
from tests.pipeline.quickbooks_night import SYSTEM, QuickBooksNight

Row = dict[str, Any]
FILES = "invoice_attachments"


@pytest.fixture
def desk(books: QuickBooksNight) -> QuickBooksDesk:
    """Files are carried; a commitment is in the books."""
    made = QuickBooksDesk(books)
    books.with_suites = True
    books.set(invoice_attachments=True, negative_invoices="credit")
    return made


def billed(desk: QuickBooksDesk, **more: Any) -> Row:
    """An approved invoice of 4,000.00 of a commitment that is in the books."""
    contract = desk.subcontract()
    desk.tonight("commitments")
    return desk.work(contract, 2, "4000.00", **more)


def attach(desk: QuickBooksDesk, invoice: Row, name: str = "pay app.pdf", content: bytes = b"%PDF-1.7 signed") -> Row:
    """A person attaches a file to an invoice in Procore."""
    encoded = base64.b64encode(content).decode()
    record = {"requisition_id": invoice["id"], "filename": name, "content": encoded, "content_type": "application/pdf"}
    return desk.seed("attachments", record)[0]


def files(desk: QuickBooksDesk) -> list[tuple[str, str, str, bytes]]:
    """The files in QuickBooks: what they hang on, their names and bytes."""
    found = []
    for one in desk.night.held("attachables"):
        [target] = [ref["EntityRef"] for ref in one["AttachableRef"]]
        found.append((target["type"], target["value"], one["FileName"], base64.b64decode(one["_content"])))
    return sorted(found)


@pytest.mark.feature("SMX-QBO-86")
def test_the_files_of_an_invoice_hang_on_its_bill_byte_for_byte_and_the_next_night_is_quiet(
    desk: QuickBooksDesk,
) -> None:
    invoice = billed(desk)
    large = bytes(range(256)) * 8192 + b"\r\n--end--\r\n"
    first, second = attach(desk, invoice), attach(desk, invoice, "photos.JPG", large)
    assert desk.tonight("invoices", FILES)[FILES] == {"created": 2}
    [bill] = desk.bills()
    assert files(desk) == [
        ("Bill", bill["Id"], "pay app.pdf", b"%PDF-1.7 signed"),
        ("Bill", bill["Id"], "photos.JPG", large),
    ]
    notes = {one["Note"] for one in desk.night.held("attachables")}
    assert notes == {f"procore-file-{invoice['id']}/{one['id']}" for one in (first, second)}
    before = desk.night.writes()
    desk.night.later(days=1)
    desk.tonight("invoices", FILES)
    desk.night.later(days=8)
    assert "created" not in desk.tonight("invoices", FILES)[FILES]
    assert desk.night.writes() == before


@pytest.mark.feature("SMX-QBO-86")
def test_a_file_that_comes_later_is_attached_later_and_alone(desk: QuickBooksDesk) -> None:
    invoice = billed(desk)
    attach(desk, invoice)
    desk.tonight("invoices", FILES)
    desk.night.later(days=1)
    attach(desk, invoice, "lien waiver.pdf", b"waived")
    assert desk.tonight("invoices", FILES)[FILES] == {"created": 1, "unchanged": 1}
    assert [name for _, _, name, _ in files(desk)] == ["lien waiver.pdf", "pay app.pdf"]


@pytest.mark.feature("SMX-QBO-86", "ACC-36")
def test_files_of_an_invoice_below_zero_hang_on_its_vendor_credit(desk: QuickBooksDesk) -> None:
    contract = desk.subcontract()
    desk.tonight("commitments")
    attach(desk, desk.work(contract, 2, "-100.00"))
    desk.tonight("invoices", FILES)
    [credit] = desk.night.held("vendor_credits")
    assert files(desk) == [("VendorCredit", credit["Id"], "pay app.pdf", b"%PDF-1.7 signed")]


@pytest.mark.feature("SMX-QBO-86")
def test_a_file_waits_for_its_bill_and_nothing_is_carried_without_the_setting(desk: QuickBooksDesk) -> None:
    attach(desk, billed(desk))
    desk.close_books("2026-12-31")
    assert desk.tonight("invoices", FILES) == {"invoices": {"blocked": 1}, FILES: {"blocked": 1}}
    desk.night.set(invoice_attachments=False)
    desk.close_books(None)
    desk.tonight("invoices", FILES)
    assert files(desk) == []
    desk.night.set(invoice_attachments=True)
    assert desk.tonight("invoices", FILES)[FILES] == {"created": 1}


@pytest.mark.feature("SMX-QBO-86")
@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("model.dwg", b"x", "QuickBooks does not take files of this type"),
        ("empty.pdf", b"", "The file is empty"),
        ("large.pdf", b"x" * 1001, "The file has more than 1,000 bytes"),
    ],
)
def test_a_file_that_cannot_be_taken_is_invalid_by_itself(
    desk: QuickBooksDesk, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes, told: str
) -> None:
    monkeypatch.setattr("jobledger.systems.quickbooks_online.attachments.MOST_FILE_BYTES", 1000)
    invoice = billed(desk)
    attach(desk, invoice, name, content)
    attach(desk, invoice)
    counts = desk.tonight("invoices", FILES)
    assert (counts["invoices"], counts[FILES]) == ({"created": 1}, {"created": 1, "invalid": 1})
    assert told in desk.night.told(FILES)[name]
    assert [one for _, _, one, _ in files(desk)] == ["pay app.pdf"]
    assert desk.night.open("invoices") == []


@pytest.mark.feature("SMX-QBO-86")
def test_a_file_that_procore_does_not_give_fails_by_itself_and_is_attached_the_next_night(desk: QuickBooksDesk) -> None:
    invoice = billed(desk)
    lost = attach(desk, invoice, "lost.pdf")
    attach(desk, invoice)
    desk.stage.fault(
        Fault(system="procore", method="GET", path=f"attachments/{lost['id']}/file", kind="status", status=503)
    )
    counts = desk.tonight("invoices", FILES)
    assert (counts["invoices"], counts[FILES]) == ({"created": 1}, {"created": 1, "failed": 1})
    desk.stage.fault()
    assert desk.tonight("invoices", FILES)[FILES]["created"] == 1
    assert [one for _, _, one, _ in files(desk)] == ["lost.pdf", "pay app.pdf"]


FAULTS = ["drop_before_commit", "drop_after_commit", "timeout", "truncate_body", "garbage"]


@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.feature("SMX-QBO-86", "ACC-17")
def test_a_file_is_attached_once_whatever_becomes_of_the_answer(desk: QuickBooksDesk, kind: str) -> None:
    invoice = billed(desk)
    attach(desk, invoice)
    attach(desk, invoice, "lien waiver.pdf", b"waived")
    desk.tonight("invoices")
    for _ in range(2):
        desk.stage.fault(Fault(system=SYSTEM, method="POST", path="upload", kind=kind, times=9))  # type: ignore[arg-type]
        with suppress(RetryLater):
            desk.tonight(FILES)
        desk.stage.fault()
        desk.night.later(hours=1)
        desk.tonight(FILES)
    assert [one for _, _, one, _ in files(desk)] == ["lien waiver.pdf", "pay app.pdf"]
    assert desk.night.open(FILES) == []


@pytest.mark.feature("ACC-7")
def test_files_of_an_invoice_before_the_cut_over_are_opening_balance(desk: QuickBooksDesk) -> None:
    attach(desk, billed(desk))
    desk.night.set(cutover="2026-06-01")
    assert desk.tonight("invoices", FILES)[FILES] == {"opening": 1}
    assert files(desk) == []


@pytest.mark.feature("ACC-30")
def test_a_file_that_a_bookkeeper_deletes_is_not_attached_again(desk: QuickBooksDesk) -> None:
    attach(desk, billed(desk))
    desk.tonight("invoices", FILES)
    desk.night.later(minutes=10)
    [held] = desk.night.held("attachables")
    desk.stage.sandbox.vendors[SYSTEM].remove("attachables", held["Id"])
    before = desk.night.writes()
    desk.tonight("invoices", FILES)
    assert desk.night.writes() == before
    assert files(desk) == []


def test_for_xero_the_setting_is_refused(desk: QuickBooksDesk) -> None:
    stated = {**desk.night.settings, "accounting": {"system": "xero", "connection": "x", "tenant_id": "t"}}
    with pytest.raises(ValueError, match="files are carried to QuickBooks only"):
        Integration.model_validate({**stated, "negative_invoices": "invalid"})
