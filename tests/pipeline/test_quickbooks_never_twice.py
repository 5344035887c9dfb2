"""Never twice, for every kind of record that is written to QuickBooks Online or from it to Procore."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from tests.pipeline.quickbooks_desk import QuickBooksDesk
from tests.pipeline.quickbooks_night import SYSTEM, QuickBooksNight
from tests.pipeline.struck import STRIKES, struck
from tests.pipeline.test_quickbooks_owner_and_time import application, crew, prime, typed, works
from tests.pipeline.test_quickbooks_ways import send

WRITES = {SYSTEM: ("POST", "batch"), "procore": ("POST|PATCH|PUT", "")}


@dataclass(frozen=True)
class Written:
    """A kind of record: how the `n`-th one comes about at its source, the flow, and the table that it is written to."""

    flow: str
    table: str
    make: Callable[[QuickBooksDesk, int], Any]
    ready: Callable[[QuickBooksDesk], Any] = lambda desk: None
    """What has to be there first."""


def a_company(desk: QuickBooksDesk, n: int) -> None:
    desk.night.company(f"Baker {n}")


def a_project(desk: QuickBooksDesk, n: int) -> None:
    [field] = desk.stage.records("procore.custom_field_definitions")
    desk.new_project(f"Annex {n}", **{f"custom_field_{field['id']}": desk.owner["id"]})


def a_code(desk: QuickBooksDesk, n: int) -> None:
    row = {"code": f"4{n:02d}", "name": f"Masonry {n}", "parent_id": desk.division["id"], **desk.list}
    [standard] = desk.seed("standard_cost_codes", row)
    desk.wbs(standard, "S")


def a_cost_type(desk: QuickBooksDesk, n: int) -> None:
    [kind] = desk.seed("line_item_types", {"name": f"Kind {n}", "code": f"K{n}"})
    send(desk.night, "cost_types", str(kind["id"]))


def a_location(desk: QuickBooksDesk, n: int) -> None:
    [place] = desk.seed("departments", {"name": f"Branch {n}"})
    send(desk.night, "locations", str(place["id"]))


def a_contract(desk: QuickBooksDesk, n: int) -> dict[str, Any]:
    return desk.subcontract(number=f"SC-{n:03d}", title=f"Concrete {n}")


def a_change(desk: QuickBooksDesk, n: int) -> None:
    [contract] = desk.stage.records("procore.work_order_contracts")
    desk.change_order(contract, number=f"{n:03d}")


def an_invoice(desk: QuickBooksDesk, n: int) -> None:
    [contract] = desk.stage.records("procore.work_order_contracts")
    desk.work(contract, n, "100.00")


def a_payment(desk: QuickBooksDesk, n: int) -> None:
    desk.night.later(minutes=1)
    desk.pay((desk.bills()[0], f"{n}.00"), DocNumber=f"12{n:02d}")


def an_owner_invoice(desk: QuickBooksDesk, n: int) -> None:
    lines = sorted(desk.stage.records("procore.prime_contract_line_items"), key=lambda one: one["position"])
    work = {"line_item_id": lines[0]["id"], "work_completed_this_period": "100.00"}
    application(desk, lines[0]["contract_id"], n, work, invoice_number=f"A-{n}")


def a_receipt(desk: QuickBooksDesk, n: int) -> None:
    desk.night.later(minutes=1)
    [invoice] = desk.night.held("invoices")
    line = {"Amount": Decimal(n), "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}
    paid = {"CustomerRef": invoice["CustomerRef"], "TotalAmt": Decimal(n), "TxnDate": "2026-03-02"}
    desk.night.put("payments", **paid, Line=[line])


def an_hour(desk: QuickBooksDesk, n: int) -> None:
    [ana] = [one for one in desk.stage.records("procore.users") if one["first_name"] == "Ana"]
    works(desk, ana, str(n), date=f"2026-03-{n:02d}")


def a_vendor(desk: QuickBooksDesk, n: int) -> None:
    desk.night.put("vendors", DisplayName=f"Crane {n}")


def a_bill(desk: QuickBooksDesk, n: int) -> None:
    desk.bill(desk.cost(f"{n}.00"), number=f"10{n:02d}")


def ordered(desk: QuickBooksDesk) -> None:
    a_contract(desk, 1)
    desk.tonight("commitments")


def billed(desk: QuickBooksDesk) -> None:
    ordered(desk)
    an_invoice(desk, 1)
    desk.tonight("invoices")


def invoiced(desk: QuickBooksDesk) -> None:
    prime(desk)
    an_owner_invoice(desk, 1)
    desk.tonight("owner_invoices")


def employed(desk: QuickBooksDesk) -> None:
    crew(desk)
    desk.night.put("employees", GivenName="Ana", FamilyName="Ruiz", DisplayName="Ana Ruiz")
    desk.night.set(labour={"time_activities": True})
    desk.tonight("employees")


KINDS = (
    Written("companies", f"{SYSTEM}.vendors", a_company),
    Written("projects", f"{SYSTEM}.customers", a_project),
    Written("cost_codes", f"{SYSTEM}.items", a_code),
    Written("cost_types", f"{SYSTEM}.classes", a_cost_type),
    Written("locations", f"{SYSTEM}.departments", a_location),
    Written("commitments", f"{SYSTEM}.purchase_orders", a_contract),
    Written(
        "change_orders",
        f"{SYSTEM}.purchase_orders",
        a_change,
        lambda desk: (desk.night.set(change_orders="own_order"), ordered(desk)),
    ),
    Written("invoices", f"{SYSTEM}.bills", an_invoice, ordered),
    Written(
        "expenses",
        f"{SYSTEM}.bills",
        lambda desk, n: typed(desk, description=f"Fuel {n}"),
        lambda desk: desk.night.set(direct_costs={"export_expenses": True}),
    ),
    Written("owner_invoices", f"{SYSTEM}.invoices", an_owner_invoice, prime),
    Written("time_activities", f"{SYSTEM}.time_activities", an_hour, employed),
    Written(
        "contacts",
        "procore.vendors",
        a_vendor,
        lambda desk: desk.night.set(companies={"export": "all", "import": "all"}),
    ),
    Written("payments", "procore.contract_payments", a_payment, billed),
    Written("receipts", "procore.contract_payments", a_receipt, invoiced),
    Written("job_costs", "procore.direct_costs", a_bill),
)


@pytest.fixture
def desk(books: QuickBooksNight) -> QuickBooksDesk:
    return QuickBooksDesk(books)


@pytest.mark.feature("ACC-17", "SMX-QBO-11", "XTR-42")
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.flow)
def test_each_record_is_written_once_whatever_becomes_of_the_answers_and_whenever_a_task_dies(
    desk: QuickBooksDesk, kind: Written
) -> None:
    kind.ready(desk)
    links = desk.night.flows[kind.flow].kind
    before, linked = len(desk.stage.records(kind.table)), len(desk.night.links(links))
    system = kind.table.partition(".")[0]
    methods, path = WRITES[system]
    requests = [{"system": system, "method": method, "path": path} for method in methods.split("|")]
    struck(desk, kind.flow, lambda n: kind.make(desk, n), requests)
    assert len(desk.stage.records(kind.table)) == before + STRIKES
    assert len(desk.night.links(links)) == linked + STRIKES
