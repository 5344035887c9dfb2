"""The story that the datasets tell: one general contractor, to the cent, from any seed."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal

import pytest

from sandbox.datasets import adopt, demo, story
from sandbox.datasets.contracts import TODAY
from sandbox.datasets.masterformat import LONG_CODE
from sandbox.datasets.model import Contractor
from sandbox.datasets.names import plain
from sandbox.datasets.scripted import FIVE_MONTHS

SEEDS = range(5)


def test_another_seed_tells_another_story() -> None:
    names = [{company.name for company in story.contractor(seed=seed).companies} for seed in (7, 8)]
    assert len(names[0] & names[1]) < 60


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
