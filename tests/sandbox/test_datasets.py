"""The datasets: the same for the same arguments, whole, to the cent, and with the planted wrong data in place."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from sandbox.datasets import adopt, demo, load, story, truth
from sandbox.datasets.contracts import TODAY
from sandbox.datasets.masterformat import LONG_CODE
from sandbox.datasets.model import Contractor
from sandbox.datasets.names import plain
from sandbox.datasets.planted import PLANTED
from sandbox.datasets.scripted import FIVE_MONTHS
from sandbox.procore.vendor import ProcoreSandbox
from sandbox.vendor import Vendor
from sandbox.world import Clock, Record, World
from sandbox.xero.vendor import XeroSandbox

SEEDS = range(5)
STORY_NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)


def loaded(dataset: str, scale: int = 1, seed: int = 7, now: datetime = STORY_NOW) -> World:
    world = World(clock=Clock(now.timestamp))
    load(world, vendors_of(world), dataset, scale, seed)
    return world


def vendors_of(world: World) -> dict[str, Vendor]:
    return {vendor.name: vendor for vendor in (ProcoreSandbox(world), XeroSandbox(world))}


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
def test_the_same_seed_gives_the_same_records(dataset: str) -> None:
    assert everything(loaded(dataset)) == everything(loaded(dataset))


def test_another_seed_tells_another_story() -> None:
    names = [{company.name for company in story.contractor(seed=seed).companies} for seed in (7, 8)]
    assert len(names[0] & names[1]) < 60


def test_the_day_on_which_it_is_loaded_changes_no_date(demo_world: World) -> None:
    later = loaded("demo", now=datetime(2031, 3, 1, tzinfo=UTC))
    for entity in ("procore.work_order_contracts", "procore.requisitions", "procore.vendors", "xero.invoices"):
        assert rows(later, entity) == rows(demo_world, entity)


def test_scale_multiplies_companies_projects_and_documents() -> None:
    one, three = story.contractor(1), story.contractor(3)
    assert (len(three.companies), len(three.projects)) == (3 * len(one.companies), 3 * len(one.projects))
    assert len(three.commitments) > 2.5 * len(one.commitments)
    assert len(three.invoices) > 2.2 * len(one.invoices)
    assert len(demo.scenario(3, 7).books.contacts) == 3 * len(demo.scenario(1, 7).books.contacts)


def test_scale_repeats_no_name_or_number() -> None:
    big = story.contractor(12)
    for names in (
        [one.number for one in big.projects],
        [one.name for one in big.projects],
        [one.number for one in big.commitments],
    ):
        assert len(set(names)) == len(names)


@pytest.mark.parametrize("dataset", ["demo", "adopt"])
def test_a_larger_scale_is_accepted_by_both_vendors(dataset: str) -> None:
    world = loaded(dataset, scale=2)
    assert world.tables.count("procore.projects") > 12


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
    load(world, vendors, "demo")
    assert everything(world) == everything(loaded("demo"))


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


@pytest.mark.parametrize("seed", SEEDS)
def test_units_times_price_is_the_amount_of_a_line(seed: int) -> None:
    contractor = story.contractor(seed=seed)
    priced = [line for one in contractor.commitments for line in one.lines if line.quantity and line.unit_cost]
    assert len(priced) > 100
    assert all(abs(line.quantity * line.unit_cost - line.amount) <= Decimal("0.005") for line in priced)  # type: ignore[operator]
    assert {-line.unit_cost.as_tuple().exponent for line in priced} == {2, 3, 4}  # type: ignore[operator, union-attr]


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_bills_more_than_a_line_is_worth(seed: int) -> None:
    contractor = story.contractor(seed=seed)
    worth = worth_of_lines(contractor)
    for invoice in contractor.invoices:
        for progress in invoice.progress:
            agreed = worth[invoice.commitment, progress.change_order, progress.line]
            assert abs(progress.to_date) <= abs(agreed)


@pytest.mark.parametrize("seed", SEEDS)
def test_each_invoice_goes_on_where_the_one_before_stopped(seed: int) -> None:
    to_date: dict[tuple[str, str, int], tuple[Decimal, Decimal, Decimal]] = defaultdict(lambda: (Decimal(0),) * 3)
    for invoice in story.contractor(seed=seed).invoices:
        for line in invoice.progress:
            key = (invoice.commitment, line.change_order, line.line)
            assert (line.work_before, line.stored_before, line.held_stored_before) == to_date[key]
            to_date[key] = (line.work_before + line.work, line.stored, line.held_stored)


@pytest.mark.parametrize("seed", SEEDS)
def test_retainage_is_released_only_as_far_as_it_was_held(seed: int) -> None:
    contractor = story.contractor(seed=seed)
    held: dict[str, Decimal] = defaultdict(Decimal)
    for invoice in contractor.invoices:
        held[invoice.commitment] += invoice.retainage
        assert held[invoice.commitment] >= 0
        if invoice.final:
            assert held[invoice.commitment] == 0


@pytest.mark.parametrize("seed", SEEDS)
def test_a_finished_commitment_is_billed_and_paid_out_in_full(seed: int) -> None:
    contractor = story.contractor(seed=seed)
    worth: dict[str, Decimal] = defaultdict(Decimal)
    for (commitment, _, _), amount in worth_of_lines(contractor).items():
        worth[commitment] += amount
    due: dict[str, Decimal] = defaultdict(Decimal)
    for invoice in contractor.invoices:
        due[invoice.commitment] += invoice.due
    finished = {one.key for one in contractor.commitments if one.status in {"Complete", "Closed"}} & set(due)
    assert finished
    assert {key: due[key] for key in finished} == {key: worth[key] for key in finished}


def worth_of_lines(contractor: Contractor) -> dict[tuple[str, str, int], Decimal]:
    own = {(one.key, "", index): line.amount for one in contractor.commitments for index, line in enumerate(one.lines)}
    approved = [order for order in contractor.change_orders if order.status == "approved"]
    changed = {
        (one.commitment, one.number, index): line.amount for one in approved for index, line in enumerate(one.lines)
    }
    return own | changed


def test_five_months_of_one_subcontract_are_what_was_written_by_hand() -> None:
    invoices = [invoice for invoice in story.contractor().invoices if invoice.commitment == FIVE_MONTHS]
    figures = [(str(one.gross), str(one.retainage), str(one.due)) for one in invoices]
    assert figures == [
        ("51065.05", "5106.51", "45958.54"),
        ("68572.73", "6857.27", "61715.46"),
        ("61687.57", "6168.76", "55518.81"),
        ("65430.09", "-5794.77", "71224.86"),
        ("30545.05", "-12337.77", "42882.82"),
    ]


def test_stored_materials_are_used_up_and_never_billed_twice() -> None:
    first, second = (one for one in story.contractor().invoices if one.commitment == FIVE_MONTHS and one.number < 3)
    pipe_in_february, pipe_in_march = first.progress[0], second.progress[0]
    assert (pipe_in_february.stored, pipe_in_march.stored) == (Decimal("17760.00"), Decimal(0))
    assert pipe_in_march.work == Decimal("35520.00")
    assert pipe_in_march.gross == Decimal("17760.00")


@pytest.mark.parametrize("seed", SEEDS)
def test_only_the_planted_invoice_is_negative(seed: int) -> None:
    negative = [invoice.vendor_number for invoice in story.contractor(scale=2, seed=seed).invoices if invoice.due < 0]
    assert negative == ["RA-7702-CR"]


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


def test_the_overlong_cost_code_is_used_on_a_commitment() -> None:
    used = {line.budget_code for one in story.contractor().commitments for line in one.lines}
    assert {len(code) for code in used if code.startswith(LONG_CODE.code)} == {31}


@pytest.mark.parametrize("seed", SEEDS)
def test_no_two_companies_are_alike_but_the_planted_ones(seed: int) -> None:
    alike = Counter(plain(company.name) for company in story.contractor(4, seed).companies)
    assert {name for name, count in alike.items() if count > 1} == {"front range drywall", "smith and sons concrete"}


def test_names_are_untidy() -> None:
    names = [company.name for company in story.contractor().companies]
    for mark in ("  ", "'", "&", " and ", "LLC", "L.L.C.", "Inc", ", Inc.", "The ", "ü", "ñ"):
        assert any(mark in name for name in names), mark
    assert any(name.isupper() for name in names)


def test_bidders_have_no_commitment() -> None:
    contractor = story.contractor()
    bidders = {company.key for company in contractor.companies if company.kind == "bidder"}
    assert len(bidders) >= 20
    assert not bidders & {one.company for one in contractor.commitments}


def test_commitments_are_in_all_stages() -> None:
    statuses = {(one.kind, one.status) for one in story.contractor().commitments}
    assert {status for kind, status in statuses if kind == "subcontract"} == {
        "Draft", "Out For Bid", "Out For Signature", "Approved", "Complete", "Terminated", "Void"
    }  # fmt: skip
    assert {status for kind, status in statuses if kind == "purchase_order"} == {
        "Draft", "Processing", "Submitted", "Partially Received", "Received", "Approved", "Closed"
    }  # fmt: skip


def test_the_cut_over_of_january_2026_parts_the_story() -> None:
    contractor = story.contractor()
    ends = [invoice.period_end.year for invoice in contractor.invoices]
    assert min(Counter(ends)[2025], Counter(ends)[2026]) > 20
    assert min(one.signed.year for one in contractor.commitments) == 2025
    assert all(one.signed <= TODAY for one in contractor.commitments)
    assert all(payment.dated <= TODAY for payment in contractor.payments)


def test_demo_books_are_young() -> None:
    books = demo.scenario(1, 7).books
    assert (len(books.contacts), len(books.jobs), len(books.orders)) == (37, 1, 0)
    assert {document.kind for document in books.documents} == {"bill", "credit", "spend", "refund"}


def test_adopt_has_bills_over_several_jobs_and_without_any() -> None:
    bills = [one for one in adopt.scenario(1, 7).books.documents if one.kind == "bill"]
    jobs = Counter(len({entry.job for entry in bill.entries if entry.job}) for bill in bills)
    assert jobs[0] and jobs[1] and jobs[2] and jobs[3]


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
