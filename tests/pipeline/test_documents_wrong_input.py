"""Wrong documents stop only themselves: each is told with what is wrong and what to do, and goes once it is mended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from tests.pipeline.desk import Desk, Row, lines
from tests.pipeline.linked import desk_of
from tests.pipeline.night import Night
from tests.pipeline.site import CONTRACTS


@pytest.fixture
def desk(night: Night) -> Desk:
    """A contractor whose documents are checked against the expectation files."""
    desk = desk_of(night)
    night.with_suites = True
    return desk


def swell(desk: Desk, entity: str, record: Row, **fields: Any) -> None:
    """A value that Procore's own forms refuse, but that its API might send all the same."""
    table = f"procore.{entity}"
    held = desk.stage.sandbox.world.tables.get(table, record["id"])
    assert held is not None
    desk.stage.sandbox.world.tables.put(table, record["id"], {**held, **fields})


def line_of(desk: Desk, contract: Row) -> Row:
    return next(one for one in desk.stage.records("procore.contract_line_items") if one["id"] == desk.sov(contract)[0])


# --- invoices -------------------------------------------------------------------------------------------------------


class Wrong(NamedTuple):
    """A wrong invoice of SC-002: how it comes to be, what is told of it, and how a person mends it."""

    spoil: Callable[[Desk], Any]
    outcome: str
    told: tuple[str, ...]
    mend: Callable[[Desk], Any]


def rework(amount: str) -> Callable[[Desk], Any]:
    """Work on the first line of SC-002's newest invoice."""

    def act(desk: Desk) -> None:
        newest = max(desk.stage.records("procore.requisitions"), key=lambda one: int(one["id"]))
        contract = {"id": newest["commitment_id"]}
        item = {"line_item_id": desk.sov(contract)[0], "work_completed_this_period": amount}
        desk.edit(newest, items=[item])

    return act


def setting(**settings: Any) -> Callable[[Desk], Any]:
    return lambda desk: desk.night.set(**settings)


def retainage_account(code: str) -> Callable[[Desk], Any]:
    def act(desk: Desk) -> None:
        [item] = [one for one in desk.stage.records("xero.items") if one["Code"] == "RETAINAGE"]
        desk.books("items", {"ItemID": item["ItemID"], "Code": "RETAINAGE", "PurchaseDetails": {"AccountCode": code}})

    return act


def taxed(tax_type: str, retainage: str | None = "NONE") -> Callable[[Desk], Any]:
    return setting(
        tax={"mode": "exclusive", "default": tax_type}, retainage={"item": "RETAINAGE", "tax_type": retainage}
    )


UNTAXED = setting(tax={"mode": "no_tax"}, retainage={"item": "RETAINAGE"})

WRONG = {
    "negative": Wrong(
        rework("-500.00"),
        "invalid",
        ("SubTotal: An invoice with a negative total is not exported. (found '-450.00')", "credit note in Xero"),
        rework("500.00"),
    ),
    "no retainage item": Wrong(
        setting(retainage={}),
        "blocked",
        ("Set retainage.item to the item on which retainage is booked.",),
        UNTAXED,
    ),
    "retainage on a cost": Wrong(
        retainage_account("5000"),
        "blocked",
        ("RETAINAGE", "5000", "is of the class EXPENSE, and retainage is a LIABILITY", "liability account"),
        retainage_account("2150"),
    ),
    "retainage without a tax type": Wrong(
        taxed("NONE", None),
        "blocked",
        ("TaxType has no value", "Set retainage.tax_type: the organisation charges tax."),
        UNTAXED,
    ),
    "no tax type": Wrong(
        setting(tax={"mode": "exclusive"}, retainage={"item": "RETAINAGE", "tax_type": "NONE"}),
        "blocked",
        ("TaxType has no value", "Set tax.default to a tax type of the books."),
        UNTAXED,
    ),
    "a tax that the account refuses": Wrong(
        taxed("OUTPUT"),
        "invalid",
        ("The TaxType code 'OUTPUT' cannot be used with account code '5000'",),
        UNTAXED,
    ),
    "closed period": Wrong(
        lambda desk: desk.close_books("2026-03-31"),
        "blocked",
        ("is dated 2026-03-28, and the books are closed until 2026-03-31", "Reopen the period in Xero"),
        lambda desk: desk.close_books(None),
    ),
    "more than Xero takes": Wrong(
        rework("99999999999.00"),
        "invalid",
        (
            "LineItems.UnitAmount: Xero takes amounts of at most ten digits",
            "99999999999.00",
            "Correct the line",
        ),
        rework("500.00"),
    ),
}


@pytest.mark.feature("XER-109", "ACC-18", "ACC-26", "ACC-28", "ACC-10")
@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_invoice_is_told_with_its_remedy_and_goes_in_the_night_after_it_is_mended(
    desk: Desk, case: str
) -> None:
    wrong = WRONG[case]
    contract = desk.subcontract(number="SC-002")
    desk.tonight(*CONTRACTS)
    invoice = desk.work(contract, 3, "500.00", status="under_review")
    wrong.spoil(desk)
    desk.edit(invoice, status="approved")
    assert desk.tonight("invoices")["invoices"] == {wrong.outcome: 1}
    told = desk.night.told("invoices")["SC-002 #1"]
    assert [text for text in wrong.told if text not in told] == [], told
    assert desk.bills() == []
    [still_open] = desk.night.open("invoices")
    assert (still_open.name, bool(still_open.remedy)) == ("SC-002 #1", True)
    desk.tonight("invoices")
    assert desk.bills() == []
    wrong.mend(desk)
    assert desk.tonight("invoices")["invoices"] == {"created": 1}
    assert len(desk.bills()) == 1 and desk.night.open("invoices") == []


@pytest.mark.feature("XER-109", "PRC-API-4")
def test_one_wrong_invoice_does_not_hold_back_the_others(desk: Desk) -> None:
    good, negative, late = (desk.subcontract(number=f"SC-{place}") for place in ("001", "002", "003"))
    desk.edit(late, status="Draft")
    desk.tonight(*CONTRACTS)
    desk.edit(late, status="Approved")
    for contract, amount in ((good, "100.00"), (negative, "-100.00"), (late, "100.00")):
        desk.work(contract, 3, amount)
    assert desk.tonight("invoices")["invoices"] == {"created": 1, "invalid": 1, "blocked": 1}
    assert "refers to commitments 'SC-003 Concrete', not linked yet" in desk.night.told("invoices")["SC-003 #1"]
    assert "Link or export it first." in desk.night.told("invoices")["SC-003 #1"]
    counts = desk.tonight()
    assert (counts["commitments"]["created"], counts["invoices"]["created"]) == (1, 1)
    assert len(desk.bills()) == 2


@pytest.mark.feature("ACC-26")
def test_a_foreign_currency_is_blocked_until_it_is_allowed_and_the_books_have_it(desk: Desk) -> None:
    contract = desk.subcontract(currency_iso_code="EUR")
    desk.work(contract, 3, "100.00")
    desk.purchase_order()
    counts = desk.tonight()
    assert (counts["commitments"], counts["invoices"]) == ({"blocked": 1, "created": 1}, {"blocked": 1})
    told = desk.night.told("commitments")["Concrete"]
    assert "its currency is EUR, and the organisation's is USD" in told and "Set currencies: allowed" in told
    desk.night.set(currencies="allowed")
    assert desk.tonight(*CONTRACTS)["commitments"]["blocked"] == 1
    told = desk.night.told("commitments")["Concrete"]
    assert "not subscribed to currency EUR" in told and "Add the currency to the organisation in Xero first." in told
    desk.stage.sandbox.world.tables.put("xero.currencies", "EUR", {"Code": "EUR", "Description": "Euro"})
    counts = desk.tonight()
    assert (counts["commitments"], counts["invoices"]) == ({"created": 1}, {"created": 1})
    assert desk.order()["CurrencyCode"] == desk.bills()[0]["CurrencyCode"] == "EUR"


# --- commitments ----------------------------------------------------------------------------------------------------


@pytest.mark.feature("XER-93", "XER-94", "XTR-20", "XER-48")
@pytest.mark.parametrize(("field", "label"), [("number", "number"), ("title", "title")])
def test_a_number_or_title_that_is_too_long_is_invalid_and_never_cut(desk: Desk, field: str, label: str) -> None:
    contract = desk.subcontract()
    desk.purchase_order()
    swell(desk, "work_order_contracts", contract, **{field: "x" * 256})
    assert desk.tonight(*CONTRACTS)["commitments"] == {"created": 1, "invalid": 1}
    [told] = [text for text in desk.night.told("commitments").values() if text.startswith("invalid")]
    assert f"The commitment's {label} has more than 255 characters." in told and "256 characters" in told
    assert "Shorten it in Procore." in told
    assert [one["PurchaseOrderNumber"] for one in desk.orders()] == ["PO-001"]
    desk.edit(contract, **{field: "SC-001"})
    assert desk.tonight(*CONTRACTS)["commitments"]["created"] == 1
    assert desk.night.open("commitments") == []


@pytest.mark.feature("XTR-20")
def test_a_change_order_s_number_that_is_too_long_is_invalid(desk: Desk) -> None:
    contract = desk.subcontract()
    change = desk.change_order(contract)
    swell(desk, "change_order_packages", change, number="9" * 256)
    assert desk.tonight()["change_orders"] == {"invalid": 1}
    assert "The change order's number has more than 255 characters." in desk.night.told("change_orders")["Change 001"]
    assert len(lines(desk.order())) == 2


@pytest.mark.feature("ACC-10")
@pytest.mark.parametrize("amount", ["1" * 30, "-" + "9" * 30, "99999999999.00"])
def test_an_amount_of_many_digits_is_invalid_and_the_others_go(desk: Desk, amount: str) -> None:
    contract = desk.subcontract()
    desk.purchase_order()
    line = line_of(desk, contract)
    swell(desk, "contract_line_items", line, amount=amount)
    assert desk.tonight(*CONTRACTS)["commitments"] == {"created": 1, "invalid": 1}
    told = desk.night.told("commitments")["Concrete"]
    assert amount[:20] in told and "orrect the line" in told
    swell(desk, "contract_line_items", line, amount="10000.00")
    assert desk.tonight(*CONTRACTS)["commitments"]["created"] == 1


@pytest.mark.feature("ACC-15")
@pytest.mark.parametrize("amount", ["1" * 30, "-" + "9" * 30])
def test_work_of_many_digits_is_invalid_and_the_others_go(desk: Desk, amount: str) -> None:
    contract, other = desk.subcontract(), desk.subcontract(number="SC-002")
    desk.work(contract, 3, "100.00")
    desk.work(other, 3, "100.00")
    [item] = [
        one for one in desk.stage.records("procore.requisition_items") if one["line_item_id"] == desk.sov(contract)[0]
    ]
    swell(desk, "requisition_items", item, work_completed_this_period=amount)
    assert desk.tonight()["invoices"] == {"created": 1, "invalid": 1}
    assert "Correct the lines or the total in Procore." in desk.night.told("invoices")["SC-001 #1"]
    assert len(desk.bills()) == 1


@pytest.mark.feature("XER-123")
def test_two_commitments_of_one_number_never_write_into_each_other_s_order(desk: Desk) -> None:
    first = desk.subcontract(title="Tower walls")
    depot_line = {"wbs_code_id": desk.depot_walls, "amount": "70.00", "description": "Depot walls"}
    twin = {"project_id": desk.depot, "title": "Depot walls"}
    desk.tonight(*CONTRACTS)
    second = desk.subcontract(depot_line, **twin)
    assert desk.tonight(*CONTRACTS)["commitments"]["conflict"] == 1
    assert "Order number must be unique" in desk.night.told("commitments")["Depot walls"]
    assert lines(desk.order()) == [("Walls", "10000.00"), ("Slabs", "5000.00")]
    assert list(desk.night.links("commitments")) == [str(first["id"])]
    desk.edit(second, number="SC-002")
    assert desk.tonight(*CONTRACTS)["commitments"] == {"created": 1}
    assert [one["PurchaseOrderNumber"] for one in desk.orders()] == ["SC-001", "SC-002"]
