"""The datasets: the same for the same arguments, whole, to the cent, and with the planted wrong data in place."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from sandbox.datasets import adopt, demo, load, truth
from sandbox.datasets.planted import PLANTED
from sandbox.pex.vendor import PexSandbox
from sandbox.procore import payment_applications
from sandbox.procore.vendor import ProcoreSandbox
from sandbox.quickbooks_online.vendor import QuickBooksSandbox
from sandbox.vendor import Vendor
from sandbox.world import Clock, Record, World
from sandbox.xero.vendor import XeroSandbox

SCENARIO = {"demo": demo.scenario, "adopt": adopt.scenario}
STORY_NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)


def loaded(dataset: str, scale: int = 1, seed: int = 7, now: datetime = STORY_NOW) -> World:
    world = World(clock=Clock(now.timestamp))
    load(world, vendors_of(world), dataset, scale, seed)
    return world


def vendors_of(world: World) -> dict[str, Vendor]:
    made = (ProcoreSandbox(world), XeroSandbox(world), QuickBooksSandbox(world), PexSandbox(world))
    return {vendor.name: vendor for vendor in made}


def rows(world: World, entity: str) -> list[Record]:
    return list(world.tables.all(entity))


def everything(world: World) -> dict[str, list[Record]]:
    return {entity: rows(world, entity) for entity in world.tables.entities()}


@pytest.fixture(scope="module")
def demo_world() -> World:
    return loaded("demo")


@pytest.fixture(scope="module")
def adopt_world() -> World:
    return loaded("adopt")


@pytest.mark.parametrize("dataset", ["demo", "adopt"])
def test_the_same_seed_gives_the_same_records(dataset: str, request: pytest.FixtureRequest) -> None:
    assert everything(loaded(dataset)) == everything(request.getfixturevalue(f"{dataset}_world"))


def test_the_day_on_which_it_is_loaded_changes_no_date(adopt_world: World) -> None:
    later = loaded("adopt", now=datetime(2031, 3, 1, tzinfo=UTC))
    for entity in ("procore.work_order_contracts", "procore.requisitions", "procore.vendors", "xero.invoices"):
        assert rows(later, entity) == rows(adopt_world, entity)


def test_a_larger_scale_is_accepted_by_all_vendors() -> None:
    assert loaded("adopt", scale=2).tables.count("procore.projects") == 13


def test_an_unknown_dataset_is_refused_with_the_names_that_exist() -> None:
    with pytest.raises(ValueError, match="empty, demo, adopt"):
        loaded("demos")


def test_a_scale_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        loaded("demo", scale=0)


def test_empty_holds_only_what_a_new_company_has() -> None:
    world = World(clock=Clock(STORY_NOW.timestamp))
    world.reset(7)
    for vendor in vendors_of(world).values():
        vendor.install()
    assert everything(loaded("empty")) == everything(world)


def test_loading_forgets_what_was_there_before() -> None:
    world = World(clock=Clock(STORY_NOW.timestamp))
    vendors = vendors_of(world)
    load(world, vendors, "adopt", scale=1, seed=3)
    load(world, vendors, "empty")
    assert everything(world) == everything(loaded("empty"))


def test_demo_is_loaded_within_three_seconds() -> None:
    start = time.process_time()
    loaded("demo")
    assert time.process_time() - start < 3


REFERENCES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("standard_cost_codes", "parent_id", ("standard_cost_codes",)),
    ("cost_codes", "project_id", ("projects",)),
    ("cost_codes", "standard_cost_code_id", ("standard_cost_codes",)),
    ("wbs_codes", "cost_code_id", ("cost_codes",)),
    ("wbs_codes", "line_item_type_id", ("line_item_types",)),
    ("work_order_contracts", "project_id", ("projects",)),
    ("work_order_contracts", "vendor_id", ("vendors",)),
    ("purchase_order_contracts", "vendor_id", ("vendors",)),
    ("contract_line_items", "contract_id", ("work_order_contracts", "purchase_order_contracts")),
    ("contract_line_items", "wbs_code_id", ("wbs_codes",)),
    ("change_order_packages", "contract_id", ("work_order_contracts", "purchase_order_contracts")),
    ("change_order_line_items", "potential_change_order_id", ("potential_change_orders",)),
    ("change_order_line_items", "wbs_code_id", ("wbs_codes",)),
    ("requisitions", "commitment_id", ("work_order_contracts", "purchase_order_contracts")),
    ("requisitions", "period_id", ("billing_periods",)),
    ("requisition_items", "requisition_id", ("requisitions",)),
    ("requisition_items", "line_item_id", ("contract_line_items", "change_order_line_items")),
    ("contract_payments", "contract_id", ("work_order_contracts", "purchase_order_contracts")),
    ("contract_payments", "requisition_id", ("requisitions",)),
    ("direct_costs", "vendor_id", ("vendors",)),
    ("direct_cost_line_items", "direct_cost_id", ("direct_costs",)),
)


@pytest.mark.parametrize(("entity", "field", "targets"), REFERENCES)
@pytest.mark.parametrize("dataset", ["demo", "adopt"])
def test_every_reference_leads_to_a_record(
    dataset: str, entity: str, field: str, targets: tuple[str, ...], request: pytest.FixtureRequest
) -> None:
    world: World = request.getfixturevalue(f"{dataset}_world")
    found = [row[field] for row in rows(world, f"procore.{entity}") if row.get(field) is not None]
    assert found
    assert all(any(world.tables.get(f"procore.{target}", key) for target in targets) for key in found)


@pytest.mark.parametrize("dataset", ["demo", "adopt"])
def test_every_document_in_xero_has_its_contact_accounts_items_and_tracking(
    dataset: str, request: pytest.FixtureRequest
) -> None:
    world: World = request.getfixturevalue(f"{dataset}_world")
    accounts = {row["Code"] for row in rows(world, "xero.accounts")}
    items = {row["Code"] for row in rows(world, "xero.items")}
    for entity in ("invoices", "bank_transactions", "credit_notes"):
        documents = rows(world, f"xero.{entity}")
        assert documents
        for document in documents:
            assert world.tables.get("xero.contacts", document["Contact"]["ContactID"])
            for line in document["LineItems"]:
                assert line["AccountCode"] in accounts
                assert line.get("ItemCode") is None or line["ItemCode"] in items


@pytest.mark.parametrize("dataset", ["demo", "adopt"])
def test_quickbooks_has_the_books_that_xero_has(dataset: str, request: pytest.FixtureRequest) -> None:
    world: World = request.getfixturevalue(f"{dataset}_world")
    books = SCENARIO[dataset](1, 7).books
    typed = [one for one in books.documents if one.status != "DRAFT"]
    totals = {
        kind: sum((one.total for one in typed if one.kind in kinds), Decimal(0))
        for kind, kinds in (("bills", ["bill"]), ("vendor_credits", ["credit"]), ("purchases", ["spend", "refund"]))
    }
    for entity, total in totals.items():
        assert sum(row["TotalAmt"] for row in rows(world, f"quickbooks_online.{entity}")) == total > 0
    paid = sum((one.paid for one in typed), Decimal(0))
    assert sum(row["TotalAmt"] - row["Balance"] for row in rows(world, "quickbooks_online.bills")) == paid > 0
    orders = {row["DocNumber"]: row["TotalAmt"] for row in rows(world, "quickbooks_online.purchase_orders")}
    assert orders == {one.number: sum(entry.amount for entry in one.entries) for one in books.orders}
    customers = rows(world, "quickbooks_online.customers")
    owners = [one for one in SCENARIO[dataset](1, 7).contractor.companies if one.kind == "owner" and one.active]
    assert sum(not row["Job"] for row in customers) == len(owners)
    jobs = {row["DisplayName"] for row in customers if row["Job"]}
    assert (jobs, {row["Name"] for row in rows(world, "quickbooks_online.items")}) == (
        set(books.jobs),
        {item.code for item in books.items},
    )


@pytest.mark.parametrize("dataset", ["demo", "adopt"])
def test_procore_reckons_the_payment_due_of_every_invoice_as_the_story_does(
    dataset: str, request: pytest.FixtureRequest
) -> None:
    world: World = request.getfixturevalue(f"{dataset}_world")
    numbers = {row["id"]: row["number"] for row in contracts(world)}
    reckoned = {
        (numbers[row["commitment_id"]], row["number"]): Decimal(row["current_payment_due"])
        for row in rows(world, "procore.requisitions")
    }
    assert reckoned == {(one.commitment, one.number): one.due for one in SCENARIO[dataset](1, 7).contractor.invoices}


@pytest.mark.parametrize("dataset", ["demo", "adopt"])
def test_schedules_of_values_and_change_orders_add_up_in_procore(dataset: str, request: pytest.FixtureRequest) -> None:
    world: World = request.getfixturevalue(f"{dataset}_world")
    contractor = SCENARIO[dataset](1, 7).contractor
    sums: dict[Any, Decimal] = defaultdict(Decimal)
    for line in rows(world, "procore.contract_line_items"):
        sums[line["contract_id"]] += Decimal(line["amount"])
    assert {row["number"]: sums[row["id"]] for row in contracts(world)} == {
        one.number: one.amount for one in contractor.commitments
    }
    packages = Counter(
        (row["status"], Decimal(row["grand_total"])) for row in rows(world, "procore.change_order_packages")
    )
    assert packages == Counter((order.status, order.amount) for order in contractor.change_orders)


def contracts(world: World) -> list[Record]:
    return rows(world, "procore.work_order_contracts") + rows(world, "procore.purchase_order_contracts")


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.name)
@pytest.mark.parametrize("dataset", ["demo", "adopt"])
def test_the_planted_data_is_where_the_table_says(dataset: str, planted: Any, request: pytest.FixtureRequest) -> None:
    world: World = request.getfixturevalue(f"{dataset}_world")
    fits = [
        row
        for row in rows(world, f"{planted.system}.{planted.entity}")
        if all((row.get(field) or "") == value for field, value in planted.where.items())
    ]
    assert len(fits) == planted.count


@pytest.mark.parametrize("dataset", ["demo", "adopt"])
def test_the_truth_names_records_of_both_sides(dataset: str, request: pytest.FixtureRequest) -> None:
    world: World = request.getfixturevalue(f"{dataset}_world")
    pairs = truth(dataset)
    vendors = {row["name"] for row in rows(world, "procore.vendors")}
    contacts = {row["Name"] for row in rows(world, "xero.contacts")}
    projects = {row["name"] for row in rows(world, "procore.projects")}
    options = {row["Name"] for row in rows(world, "xero.tracking_options")}
    codes = {row["flat_code"] for row in rows(world, "procore.wbs_codes")}
    items = {row["Code"] for row in rows(world, "xero.items")}
    for kind, ours, theirs in (
        ("companies", vendors, contacts),
        ("projects", projects, options),
        ("cost_codes", codes, items),
    ):
        for pair in pairs[kind] + pairs[f"{kind}_doubtful"]:
            assert pair[0] in ours and pair[1] in theirs, pair


def test_adopt_has_sixty_companies_on_both_sides_some_doubtful() -> None:
    pairs = truth("adopt")
    known = {company for company, _ in pairs["companies"] + pairs["companies_doubtful"]}
    assert 55 <= len(known) <= 65
    assert not {company for company, _ in pairs["companies"]} & {company for company, _ in pairs["companies_doubtful"]}
    candidates = Counter(company for company, _ in pairs["companies_doubtful"])
    assert sum(count == 2 for count in candidates.values()) >= 3


def test_adopt_never_calls_a_near_twin_the_same_company() -> None:
    pairs = truth("adopt")
    named = {company for company, _ in pairs["companies"] + pairs["companies_doubtful"]}
    assert "Baker Electric LLC" in named
    assert not named & {"Baker Electrical Contractors Inc", "Smith & Sons Concrete"}


def test_orders_and_bills_that_correspond_agree_in_contact_number_and_total(adopt_world: World) -> None:
    pairs = truth("adopt")
    contractor, books = adopt.scenario(1, 7).contractor, adopt.scenario(1, 7).books
    amounts = {one.number: one.amount for one in contractor.commitments}
    due = {f"{one.commitment} #{one.number}": one.due for one in contractor.invoices}
    orders = {one.number: sum(entry.amount for entry in one.entries) for one in books.orders}
    bills = {f"{one.contact} {one.reference}": one.total for one in books.documents}
    assert all(ours == theirs and amounts[ours] == orders[theirs] for ours, theirs in pairs["commitments"])
    assert all(due[ours] == bills[theirs] for ours, theirs in pairs["invoices"])
    for kind in ("commitments_doubtful", "invoices_doubtful"):
        assert len(pairs[kind]) >= 3
    assert not any(ours == theirs and amounts[ours] == orders[theirs] for ours, theirs in pairs["commitments_doubtful"])


@pytest.mark.parametrize("dataset", ["demo", "adopt"])
def test_the_crew_s_time_is_approved_but_for_one_day(dataset: str, request: pytest.FixtureRequest) -> None:
    world: World = request.getfixturevalue(f"{dataset}_world")
    entries = rows(world, "procore.timecard_entries")
    assert len([one for one in rows(world, "procore.users") if one["is_employee"]]) == 3
    assert (len(entries), sum(Decimal(one["hours"]) for one in entries)) == (42, Decimal(244))
    assert [one["approval_status"] for one in entries].count("pending") == 1
    assert {one["date"] for one in entries if one["timesheet_id"] is None} == {one["date"] for one in entries}


@pytest.mark.parametrize("dataset", ["demo", "adopt"])
def test_owner_invoices_add_up_to_what_is_done_less_what_is_held(dataset: str, request: pytest.FixtureRequest) -> None:
    world: World = request.getfixturevalue(f"{dataset}_world")
    state = ProcoreSandbox(world).state
    applications = rows(world, "procore.payment_applications")
    assert [one["status"] for one in applications] == ["approved"] * 6
    for contract in rows(world, "procore.prime_contracts"):
        mine = payment_applications.of_contract(state, contract["id"])
        figures = [payment_applications.summary(state, one) for one in mine]
        due = sum(Decimal(one["current_payment_due"]) for one in figures)
        last = figures[-1]
        assert due == Decimal(last["total_completed_and_stored_to_date"]) - Decimal(last["total_retainage"])
        assert Decimal(last["contract_sum_to_date"]) * Decimal("0.7") - due == Decimal(last["total_retainage"]) > 0
