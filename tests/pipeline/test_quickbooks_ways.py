"""The ways in which cost codes, cost types, taxes and places can be carried to QuickBooks Online."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from jobledger import platform
from jobledger.actions.links import kinds
from jobledger.integration import Integration
from jobledger.reports.exported import exported
from jobledger.reports.golive import checklist
from jobledger.reports.jobcosts import transactions
from jobledger.reports.tieout import tie_out
from jobledger.steps import carried, flows_of
from jobledger.store import approvals, links
from jobledger.store.approvals import Approval
from jobledger.store.engine import reading, writing
from tests.pipeline.night import ROOT
from tests.pipeline.quickbooks_desk import WALLS, QuickBooksDesk
from tests.pipeline.quickbooks_night import QuickBooksNight

Row = dict[str, Any]


@pytest.fixture
def desk(books: QuickBooksNight) -> QuickBooksDesk:
    return QuickBooksDesk(books)


def detail(line: Row) -> Row:
    return line[line["DetailType"]]


def send(books: QuickBooksNight, flow: str, source_id: str) -> None:
    """A person puts a record forward."""
    with writing(books.engine) as connection:
        approvals.add(connection, books.pair, flow, Approval(source_id, "", "sent", "ann"), books.stage.around.clock())


def misfit(**settings: Any) -> str:
    """Why an integration with QuickBooks is refused."""
    books = {"system": "quickbooks_online", "connection": "q", "tenant_id": "1"}
    with pytest.raises(ValidationError) as refused:
        Integration.model_validate({"procore": {"connection": "p", "company_id": 1}, "accounting": books, **settings})
    return str(refused.value)


@pytest.mark.feature("SMX-QBO-30", "SMX-QBO-14")
def test_two_empty_sides_start_from_either(books: QuickBooksNight) -> None:
    books.set(companies={"export": "all", "import": "all"})
    books.company("Acme")
    books.put("vendors", DisplayName="Baker")
    books.run("companies", "contacts")
    assert books.names("vendors") == ["Acme", "Baker"]
    assert sorted(one["name"] for one in books.stage.records("procore.vendors")) == ["Acme", "Baker"]


@pytest.mark.feature("SMX-QBO-51")
def test_with_items_documents_begin_on_either_side_and_keep_their_code(desk: QuickBooksDesk) -> None:
    contract = desk.subcontract()
    desk.tonight("commitments")
    desk.work(contract, 2, "4000.00")
    desk.tonight("invoices")
    [bill] = desk.bills()
    assert detail(bill["Line"][0])["ItemRef"]["value"] == desk.item(WALLS)["value"]
    desk.bill(desk.cost("100.00"), number="77")
    assert desk.tonight("job_costs")["job_costs"]["created"] == 1
    [line] = desk.stage.records("procore.direct_cost_line_items")
    assert line["wbs_code_id"] == desk.codes[WALLS]


@pytest.mark.feature("SMX-QBO-52")
def test_items_go_beyond_the_limit_of_accounts_and_each_has_its_own(desk: QuickBooksDesk) -> None:
    other = desk.account("5100")
    for number in range(260):
        desk.night.put(
            "items",
            Name=f"Old {number}",
            Type="Service",
            IncomeAccountRef=desk.account("4000"),
            ExpenseAccountRef=other,
        )
    desk.wbs(desk.stairs, "S")
    assert desk.night.run("cost_codes", "items")["cost_codes"]["created"] == 1
    made = next(one for one in desk.night.held("items") if one["Name"] == "03-320.S")
    assert made["ExpenseAccountRef"]["value"] == desk.account("5000")["value"]
    assert len(desk.night.held("items")) > 260


@pytest.mark.feature("SMX-QBO-59", "SMX-QBO-60", "SMX-QBO-61", "SMX-QBO-95")
def test_accounts_serve_the_way_out_and_items_the_way_in(desk: QuickBooksDesk) -> None:
    desk.night.set(cost_codes={"target": "both"}, line_items={"default": "category"})
    desk.subcontract(desk.line(WALLS, "10000.00", "Walls"))
    desk.night.run("cost_codes", "items", "cost_code_accounts")
    assert desk.tonight("commitments")["commitments"] == {"blocked": 1}
    code = next(one.source_id for one in desk.night.open("cost_code_accounts") if one.number == WALLS)
    desk.link("cost_code_accounts", code, desk.account("5100")["value"])
    assert desk.tonight("commitments")["commitments"] == {"created": 1}
    assert detail(desk.order()["Line"][0])["AccountRef"]["value"] == desk.account("5100")["value"]
    desk.bill(desk.cost("100.00"), number="77")
    assert desk.tonight("job_costs")["job_costs"] == {"created": 1}


@pytest.mark.feature("SMX-QBO-45")
def test_an_account_that_codes_share_tells_none_of_them(desk: QuickBooksDesk) -> None:
    desk.night.set(cost_codes={"target": "accounts"}, line_items={"default": "category"})
    desk.night.run("cost_code_accounts")
    [first, *_] = desk.night.open("cost_code_accounts")
    desk.link("cost_code_accounts", first.source_id, desk.account("5000")["value"])
    desk.bill(desk.cost("100.00", code=None), number="77")
    assert desk.tonight("job_costs")["job_costs"] == {"blocked": 1}


@pytest.mark.feature("SMX-QBO-62", "SMX-QBO-64", "SMX-QBO-66", "SMX-QBO-68", "SMX-QBO-69", "SMX-QBO-70")
def test_a_class_that_means_a_cost_code_takes_the_default_cost_type(desk: QuickBooksDesk) -> None:
    classes = {"target": "classes"}
    desk.night.set(cost_codes=classes, line_items={"class_means": "cost_code"})
    desk.night.run("cost_code_classes")
    walls = next(one for one in desk.night.held("classes") if one["Name"] == "03-300 Walls")
    desk.bill(desk.cost("100.00", code=None, ClassRef={"value": walls["Id"]}), number="77")
    assert desk.tonight("job_costs")["job_costs"] == {"blocked": 1}
    assert "Set cost_codes.default_cost_type" in next(iter(desk.night.told("job_costs").values()))
    desk.night.set(cost_codes={**classes, "default_cost_type": "S"})
    assert desk.tonight("job_costs")["job_costs"] == {"created": 1}
    [line] = desk.stage.records("procore.direct_cost_line_items")
    assert line["wbs_code_id"] == desk.codes[WALLS]


@pytest.mark.feature("SMX-QBO-67", "SMX-QBO-102")
def test_a_line_has_the_class_of_its_cost_type_where_that_is_linked(desk: QuickBooksDesk) -> None:
    made = desk.night.put("classes", Name="Subcontract")
    kind = next(one for one in desk.stage.records("procore.line_item_types") if one["code"] == "S")
    desk.night.run("cost_types")
    desk.link("cost_types", kind["id"], made["Id"])
    desk.subcontract()
    desk.tonight("commitments")
    walls, slabs = desk.order()["Line"]
    assert detail(walls)["ClassRef"]["value"] == made["Id"]
    assert "ClassRef" not in detail(slabs)


@pytest.mark.feature("SMX-QBO-101")
def test_a_department_becomes_a_location_if_somebody_sends_it(books: QuickBooksNight) -> None:
    [north] = books.stage.seed("procore", "departments", {"name": "North"})
    books.run("locations")
    assert books.names("departments") == []
    send(books, "locations", str(north["id"]))
    assert books.run("locations")["locations"] == {"created": 1}
    assert books.names("departments") == ["North"]


@pytest.mark.feature("SMX-QBO-76")
def test_a_default_tax_code_is_asked_for_where_tax_is_carried_and_refused_where_not() -> None:
    assert "tax.mode: exclusive needs tax.default" in misfit(tax={"mode": "exclusive"})
    assert "leave tax.default empty" in misfit(tax={"default": "GST"})


@pytest.mark.feature("SMX-QBO-58", "SMX-QBO-61", "SMX-QBO-63")
def test_settings_that_do_not_go_together_are_refused() -> None:
    assert "needs line_items.default: category, found item" in misfit(cost_codes={"target": "accounts"})
    assert "needs line_items.default: item, found category" in misfit(line_items={"default": "category"})
    assert "needs line_items.class_means: cost_code" in misfit(cost_codes={"target": "classes"})


@pytest.mark.feature("SMX-QBO-73", "SMX-QBO-74")
def test_tax_on_sales_and_tax_on_costs_are_linked_apart(desk: QuickBooksDesk) -> None:
    night = desk.night
    night.put("company", Id=night.held("company")[0]["Id"], Country="GB")
    sales, costs = night.held("tax_codes")[:2]
    made = desk.seed("tax_codes", {"code": "S20", "rate1": "20"}, {"code": "P20", "rate1": "20"})
    night.set(tax={"mode": "exclusive", "default": sales["Name"]})
    assert night.run("tax_codes")["tax_codes"] == {"blocked": 2}
    for ours, theirs in zip(made, (sales, costs), strict=True):
        desk.link("tax_codes", ours["id"], theirs["Id"])
    night.later(days=1)
    assert night.run("tax_codes")["tax_codes"] == {"unchanged": 2}
    assert "tax_codes" in {kind.name for kind in kinds(night.integration)}


@pytest.mark.feature("SMX-QBO-82", "SMX-QBO-100")
def test_a_payroll_entry_is_a_payroll_direct_cost_on_the_fallback_code(desk: QuickBooksDesk) -> None:
    debit = {"PostingType": "Debit", "AccountRef": desk.account("5000")}
    debit["Entity"] = {"Type": "Customer", "EntityRef": desk.job("Tower")}
    credit = {"PostingType": "Credit", "AccountRef": desk.account("2400")}
    lines = [
        {"Amount": Decimal("1200.00"), "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": one}
        for one in (debit, credit)
    ]
    desk.night.put("journal_entries", TxnDate="2026-03-01", DocNumber="PAY-0301", Line=lines)
    assert desk.tonight("job_costs")["job_costs"] == {"blocked": 1}
    desk.night.set(fallbacks={"procore_payroll_code": WALLS})
    assert desk.tonight("job_costs")["job_costs"] == {"created": 1}
    [cost] = desk.stage.records("procore.direct_costs")
    assert cost["direct_cost_type"] == "payroll"
    assert desk.costs() == [(desk.project, Decimal("1200.00"))]


@pytest.mark.feature("XTR-34")
def test_a_vendor_credit_is_a_negative_direct_cost(desk: QuickBooksDesk) -> None:
    head = {"VendorRef": desk.acme(), "TxnDate": "2026-03-01", "DocNumber": "CN-7"}
    desk.night.put("vendor_credits", **head, Line=[desk.cost("40.00")])
    assert desk.tonight("job_costs")["job_costs"] == {"created": 1}
    assert desk.costs() == [(desk.project, Decimal("-40.00"))]


@pytest.mark.feature("SMX-QBO-94")
def test_each_part_is_switched_by_itself(desk: QuickBooksDesk) -> None:
    night = desk.night
    switched = {"direct_costs": {"export_expenses": True}, "labour": {"time_activities": True}}
    flows = {"expenses": "direct_costs", "time_activities": "labour"}
    for name, setting in flows.items():
        assert night.flows[name].is_off(night.integration.settings())
        night.set(**{setting: switched[setting]})
        assert not night.flows[name].is_off(night.integration.settings())


def used(desk: QuickBooksDesk, kind: str) -> tuple[bool, str]:
    """What the go-live checklist says of the links of a kind that documents use."""
    paired = desk.night.integration
    with reading(desk.night.engine) as connection:
        found = checklist(connection, paired, carried(paired, flows_of(paired)))
        [finding] = [one for one in found if one.topic == f"{kind} of documents"]
    return finding.ok, finding.message


@pytest.mark.feature("SMX-QBO-13")
def test_a_link_of_a_tax_code_is_asked_for_once_a_document_uses_it(
    desk: QuickBooksDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "include_folder", lambda: ROOT / "include")
    night = desk.night
    costs = next(one["Id"] for one in night.held("tax_codes") if one["Name"] == "NON")
    [vat] = desk.seed("tax_codes", {"code": "P20", "rate1": "20"})
    night.set(tax={"mode": "exclusive", "default": "NON"})
    desk.subcontract(number="SC-001")
    night.run("tax_codes")
    assert desk.tonight("commitments")["commitments"] == {"created": 1}
    assert used(desk, "tax codes") == (True, "none is used without a link")
    taxed = desk.line("03-300.S", "100.00", "Walls") | {"tax_code_id": vat["id"]}
    desk.subcontract(taxed, number="SC-002")
    assert desk.tonight("commitments")["commitments"] == {"unchanged": 1, "blocked": 1}
    assert used(desk, "tax codes") == (False, "1 documents use one that is not linked, and wait.")
    assert used(desk, "cost types") == (True, "none is used without a link")
    desk.link("tax_codes", vat["id"], costs)
    assert desk.tonight("commitments")["commitments"] == {"created": 1}
    assert used(desk, "tax codes")[0]


def causes(desk: QuickBooksDesk) -> set[str]:
    return {one.cause for one in tie_out(desk.night.papers()).differences}


@pytest.mark.feature("ACC-32", "SMX-QBO-98", "SMX-QBO-99")
def test_what_went_to_a_fallback_is_shown_as_such_and_is_no_unexplained_difference(desk: QuickBooksDesk) -> None:
    desk.night.set(fallbacks={"procore_bill_code": WALLS, "bill_code": "5000"})
    contract = desk.subcontract()
    desk.tonight("commitments")
    desk.unlink("cost_codes", *desk.night.links("cost_codes"))
    desk.work(contract, 2, "4000.00")
    desk.bill(desk.cost("100.00", code=None), number="77")
    desk.tonight("invoices", "job_costs")
    desk.tonight("invoices", "job_costs")
    assert causes(desk) == {"recorded differently"}
    papers = desk.night.papers()
    [bill] = [one for one in exported(papers) if one.flow == "invoices"]
    assert f"'{WALLS}' is not mapped and goes to the fallback account" in bill.note
    [cost] = [one for one in transactions(papers) if not one.began_as]
    assert f"is not mapped and goes to {WALLS}" in cost.note


@pytest.mark.feature("ACC-32", "SMX-QBO-44")
def test_codes_that_share_an_account_tie_out_by_project(desk: QuickBooksDesk) -> None:
    desk.night.set(cost_codes={"target": "accounts"}, line_items={"default": "category"})
    desk.night.run("cost_code_accounts")
    for one in desk.night.open("cost_code_accounts"):
        with writing(desk.night.engine) as connection:
            ids, now = (one.source_id, desk.account("5100")["value"]), desk.stage.around.clock()
            links.make(connection, desk.night.pair, "cost_code_accounts", ids, "person", now, shared=True)
    contract = desk.subcontract()
    desk.tonight("commitments")
    desk.work(contract, 2, "4000.00")
    assert desk.tonight("invoices")["invoices"] == {"created": 1}
    desk.tonight("commitments")
    assert causes(desk) == {"recorded differently"}
    [order] = desk.night.held("purchase_orders")
    first, *rest = [{name: value for name, value in one.items() if name[0] != "_"} for one in order["Line"]]
    desk.night.put("purchase_orders", Id=order["Id"], Line=[first | {"Amount": Decimal("9000.00")}, *rest])
    desk.tonight("commitments")
    assert "recorded differently" not in {
        one.cause for one in tie_out(desk.night.papers()).differences if one.key.measure == "commitment"
    }
