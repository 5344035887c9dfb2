"""Tie-out: both sides to the cent, every difference found, explained by the document that causes it, none invented."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from jobledger.reports.papers import MEASURES, Paper, Papers, Ran, Tie
from jobledger.reports.tieout import Difference, TieOut, tie_out
from jobledger.store import history
from jobledger.store.engine import writing
from jobledger.store.ledger import Line
from jobledger.store.tables import ledger_line
from sandbox.faults import Fault
from tests.pipeline.linked import site_of
from tests.pipeline.night import FLOWS, Night, narrowed, nights
from tests.pipeline.site import BILLING, CONTRACTS, SLABS, WALLS, Site

Row = dict[str, Any]
Found = dict[tuple[str, str], Decimal]


def adds_up(tied: TieOut) -> bool:
    """Whether the differences are what the two sides differ by, at every place."""
    sums: Counter[Any] = Counter()
    for one in tied.differences:
        sums[one.key] += one.amount
    return all(
        tied.procore.get(key, Decimal(0)) - tied.books.get(key, Decimal(0)) == sums[key]
        for key in {*tied.procore, *tied.books, *sums}
    )


def total(amounts: dict[Any, Decimal], measure: str) -> Decimal:
    return sum((amount for key, amount in amounts.items() if key.measure == measure), Decimal(0))


# --- a night in which everything goes well ---------------------------------------------------------------------------


@pytest.fixture
def site(night: Night) -> Site:
    """A commitment, an invoice with retainage, half of it paid, a bill over two projects, a refund."""
    site = site_of(night)
    contract = site.subcontract()
    january = site.billed(contract, 1, "1000.00", invoice_number="RA-1")
    night.run(*CONTRACTS)
    night.run(*BILLING)
    night.later(hours=1)
    site.pay(site.bill_of(january), "450.00")
    site.bill(site.cost("60.00"), site.cost("40.00", "Depot"), site.cost("5.00", code=SLABS))
    site.bank("RECEIVE", site.cost("3.00"))
    night.later(hours=1)
    site.documents()
    return site


@pytest.mark.feature("ACC-32", "XER-141", "XER-142", "XER-144", "XER-146")
def test_after_a_night_both_sides_are_equal_for_every_measure_project_and_code(site: Site) -> None:
    """Bills that came from Procore are billed, and no cost: nothing counts twice."""
    tied = tie_out(site.night.papers())
    tower, depot = str(site.project), str(site.depot)
    expected = {
        ("commitment", tower, WALLS): Decimal(10000),
        ("commitment", tower, SLABS): Decimal(5000),
        ("billed", tower, WALLS): Decimal(1000),
        ("retained", tower, ""): Decimal(100),
        ("paid", tower, ""): Decimal(450),
        ("cost", tower, WALLS): Decimal(57),
        ("cost", tower, SLABS): Decimal(5),
        ("cost", depot, WALLS): Decimal(40),
    }
    assert {tuple(key): amount for key, amount in tied.procore.items()} == expected
    assert {tuple(key): amount for key, amount in tied.books.items()} == expected
    assert tied.differences == []


@pytest.mark.feature("ACC-32")
def test_our_own_write_back_is_no_reason_to_call_a_difference_in_flight(site: Site) -> None:
    """The origin_id of the night changed the commitment after its order was made; a person's edit is another matter."""
    night = site.night
    made = contract(site, "SC-002", "200.00")
    night.run(*CONTRACTS)
    night.run("commitments", mode="plan", scope=narrowed(full_refresh=True))
    change_line(night, "procore.commitments", str(made["id"]), Decimal("7.00"))
    [found] = tie_out(night.papers()).differences
    assert (found.cause, found.amount) == ("unexplained", Decimal("7.00"))
    night.later(hours=1)
    site.seed("work_order_contracts", {"id": made["id"], "description": "North and south"})
    night.run("commitments", mode="plan")
    change_line(night, "procore.commitments", str(made["id"]), Decimal("7.00"))
    assert {one.cause for one in tie_out(night.papers()).differences} == {"in flight"}


@pytest.mark.feature("ACC-32")
def test_a_document_that_a_run_left_out_without_a_reason_is_unexplained(site: Site) -> None:
    """As if a defect had lost it: it is read, it is in use, and nobody says a word about it."""
    papers = site.night.papers()
    lost = next(line for line in papers.lines if line.entity == "procore.commitments")
    paper = replace(papers.papers["procore.commitments", lost.document], id="lost")
    line = replace(lost, document="lost", amount=Decimal("12.00"))
    with_it = replace(
        papers, lines=[*papers.lines, line], papers={**papers.papers, ("procore.commitments", "lost"): paper}
    )
    [found] = tie_out(with_it).differences
    assert (found.cause, found.amount) == ("unexplained", Decimal("12.00"))
    later = replace(paper, version="2027-01-01T00:00:00Z")
    in_flight = replace(with_it, papers={**papers.papers, ("procore.commitments", "lost"): later})
    assert [one.cause for one in tie_out(in_flight).differences] == ["in flight"]


@pytest.mark.feature("ACC-32")
def test_what_a_person_archived_is_no_longer_followed_and_says_so(site: Site) -> None:
    papers = site.night.papers()
    [key] = papers.ties["commitments"]
    change_line(site.night, "procore.commitments", key, Decimal("7.00"))
    changed = site.night.papers()
    archived = {key: replace(changed.ties["commitments"][key], archived_by="ann")}
    [found] = tie_out(replace(changed, ties={**changed.ties, "commitments": archived})).differences
    assert (found.cause, found.why) == ("dismissed", "archived by ann")


def change_line(night: Night, entity: str, document: str, by: Decimal) -> None:
    """Changes an amount in the stored ledger, as a defect would."""
    mine = (ledger_line.c.entity == entity, ledger_line.c.document == document)
    with writing(night.engine) as connection:
        row = next(iter(connection.execute(sa.select(ledger_line).where(*mine).order_by(ledger_line.c.line))))
        one = (*mine, ledger_line.c.line == row.line)
        connection.execute(sa.update(ledger_line).where(*one).values(amount=str(Decimal(row.amount) + by)))


# --- one difference of each class ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A company in which one thing of each kind went wrong."""
    folder = tmp_path_factory.mktemp("tie-out")
    for night in nights(f"sqlite:///{folder / 'night.db'}", folder):
        site = site_of(night)
        before_the_night(site)
        site.documents()
        night.later(hours=1)
        after_it(site)
        yield site


def contract(site: Site, number: str, amount: str) -> Row:
    return site.subcontract(site.line(WALLS, amount), number=number, title=number, retainage_percent="0")


def before_the_night(site: Site) -> None:
    """Commitments and invoices; and in the books: typed documents that may be theirs, and costs."""
    for number, amount in (("EDIT", "300.00"), ("VOID", "200.00"), ("CENT", "50.00"), ("WRONG", "90.00")):
        site.billed(contract(site, f"SC-{number}", "9000.00"), 1, amount, invoice_number=f"RA-{number}")
    site.billed(contract(site, "SC-TWICE-1", "9000.00"), 1, "11.00", invoice_number="RA-TWICE")
    coded = site.subcontract(number="SC-CODES", title="SC-CODES")
    lines = [site.cost("15000.00")]
    head = {"Contact": site.acme(), "Date": "2026-03-01", "LineAmountTypes": "NoTax", "Status": "AUTHORISED"}
    site.books("purchase_orders", {"PurchaseOrderNumber": coded["number"], **head, "LineItems": lines})
    site.bill(site.cost("70.00"), number="OLD", Date="2025-12-15")
    site.books("items", {"Code": "NAILS", "PurchaseDetails": {"AccountCode": "5000"}})
    site.bill(site.cost("61.00", code="NAILS"), number="NO CODE")
    site.bill(site.cost("62.00", code="NAILS"), number="LET GO")
    site.bank("SPEND", site.cost("8.00"), Reference="left out")
    site.night.set(job_costs={"exclude_accounts": ["091"]})
    line = {"wbs_code_id": site.codes[WALLS], "amount": "7.00"}
    typed = {"direct_cost_type": "expense", "direct_cost_date": "2026-03-01", "status": "approved"}
    site.seed(
        "direct_costs", {"project_id": site.project, "vendor_id": site.vendor["id"], **typed, "line_items": [line]}
    )


def after_it(site: Site) -> None:
    """What persons did later, what failed, and what nobody can explain."""
    night = site.night
    bills = {row["InvoiceNumber"]: row for row in site.stage.records("xero.invoices")}
    numbers = {row["invoice_number"]: row for row in site.stage.records("procore.requisitions")}
    of = {name: site.bill_of(numbers[f"RA-{name}"]) for name in ("EDIT", "VOID", "CENT", "WRONG")}
    site.change(
        "invoices", of["EDIT"], LineItems=[site.edited(of["EDIT"]["LineItems"][0], UnitAmount=Decimal("310.00"))]
    )
    site.change("invoices", of["VOID"], Status="VOIDED")
    site.billed(contract(site, "SC-TWICE-2", "9000.00"), 1, "12.00", invoice_number="RA-TWICE")
    site.billed(contract(site, "SC-MAYBE", "9000.00"), 1, "500.00", invoice_number="RA-MAYBE")
    site.bill(site.cost("500.00"), number="ANOTHER NUMBER")
    night.later(hours=1)
    site.documents()
    [let_go] = [one for one in night.open("job_costs") if one.number == "LET GO"]
    with writing(night.engine) as connection:
        key = (night.pair, "job_costs", let_go.source_id)
        history.dismiss(connection, key, "ann", "paid privately", night.stage.sandbox.world.clock.now())
    failing = contract(site, "SC-FAILS", "33.00")
    night.stage.fault(Fault(system="xero", method="PUT", path="PurchaseOrders", kind="status", status=400, times=99))
    night.run(*CONTRACTS)
    night.stage.fault()
    night.later(hours=1)
    contract(site, "SC-FLIGHT", "44.00")
    night.run(*CONTRACTS, mode="plan")
    change_line(night, "procore.invoices", str(numbers["RA-CENT"]["id"]), Decimal("0.01"))
    change_line(night, "procore.invoices", str(numbers["RA-WRONG"]["id"]), Decimal("6.00"))
    assert bills and failing


EXPECTED: dict[tuple[str, str], list[str]] = {
    ("in flight", "commitment"): ["44.00"],
    ("failed", "commitment"): ["33.00"],
    ("recorded differently", "commitment"): ["-5000.00", "5000.00"],
    ("invalid", "billed"): ["12.00"],
    ("conflict", "billed"): ["500.00"],
    ("conflict", "cost"): ["-500.00"],
    ("edited", "billed"): ["-10.00"],
    ("deleted", "billed"): ["200.00"],
    ("rounding", "billed"): ["0.01"],
    ("unexplained", "billed"): ["6.00"],
    ("opening", "cost"): ["-70.00"],
    ("unlinked", "cost"): ["-61.00"],
    ("dismissed", "cost"): ["-62.00"],
    ("only in the books", "cost"): ["-8.00"],
    ("only in Procore", "cost"): ["7.00"],
}


@pytest.fixture(scope="module")
def differences(planted: Site) -> list[Difference]:
    return tie_out(planted.night.papers()).differences


@pytest.mark.feature("ACC-32")
@pytest.mark.parametrize(("cause", "measure"), list(EXPECTED), ids=[" ".join(key) for key in EXPECTED])
def test_a_difference_of_each_class_is_found_with_its_amount(
    differences: list[Difference], cause: str, measure: str
) -> None:
    found = [one for one in differences if (one.cause, one.key.measure) == (cause, measure)]
    assert sorted(str(one.amount) for one in found) == EXPECTED[cause, measure]
    assert all(one.why for one in found)


@pytest.mark.feature("ACC-32")
def test_no_difference_is_invented(planted: Site, differences: list[Difference]) -> None:
    assert {(one.cause, one.key.measure) for one in differences} == set(EXPECTED)
    assert adds_up(tie_out(planted.night.papers()))


# --- whatever the papers say -----------------------------------------------------------------------------------------

KINDS = [kind for kind in MEASURES if kind in FLOWS]
IDS = [f"{letter}" for letter in "abcd"]
MONEY = st.decimals(-1000, 1000, places=2)
DAYS = st.dates(date(2025, 11, 1), date(2026, 3, 1))
OUTCOMES = ("waiting", "unknown", "blocked", "invalid", "conflict", "failed")


@st.composite
def any_line(draw: st.DrawFn) -> Line:
    flow = FLOWS[draw(st.sampled_from(KINDS))]
    measure = MEASURES[flow.kind]
    return Line(
        entity=draw(st.sampled_from([flow.source, flow.target])),
        document=draw(st.sampled_from(IDS)),
        line=draw(st.sampled_from(IDS)),
        measure=draw(st.sampled_from([measure, "retained"])) if measure == "billed" else measure,
        project=draw(st.sampled_from(["1", "2", "option-1", "option-9", ""])),
        cost_code=draw(st.sampled_from([WALLS, "item-3", ""])),
        party="",
        parent=draw(st.sampled_from(["", *IDS])),
        dated=None,
        amount=draw(MONEY),
    )


@st.composite
def any_paper(draw: st.DrawFn) -> Paper:
    flow = FLOWS[draw(st.sampled_from(KINDS))]
    evidence = {"date": draw(DAYS).isoformat(), "project": draw(st.sampled_from(["", "option-1"]))}
    return Paper(
        entity=draw(st.sampled_from([flow.source, flow.target])),
        id=draw(st.sampled_from(IDS)),
        name="",
        number=None,
        status=draw(st.sampled_from([None, "gone", "approved"])),
        active=draw(st.booleans()),
        version=draw(st.sampled_from([None, "2026-02-01T00:00:00Z", "2026-03-01T00:00:00.000Z"])),
        evidence=evidence,
    )


@st.composite
def any_papers(draw: st.DrawFn) -> Papers:
    ties: dict[str, dict[str, Tie]] = {}
    for kind in KINDS:
        pairs = zip(draw(st.permutations(IDS)), draw(st.permutations(IDS)), strict=True)
        some = list(pairs)[: draw(st.integers(0, 4))]
        states = draw(st.lists(st.sampled_from([None, {"lines": [{"id": "a", "amount": 1}]}]), min_size=8, max_size=8))
        ties[kind] = {
            ours: Tie(ours, theirs, draw(st.sampled_from(["jobledger", "ann"])), "", None, states[i], states[i + 4])
            for i, (ours, theirs) in enumerate(some)
        }
    ran = datetime(2026, 2, 15, tzinfo=UTC)
    papers = draw(st.lists(any_paper(), max_size=12))
    opened = draw(st.dictionaries(st.tuples(st.sampled_from(KINDS), st.sampled_from(IDS)), st.sampled_from(OUTCOMES)))
    return Papers(
        lines=draw(st.lists(any_line(), max_size=20)),
        papers={(one.entity, one.id): one for one in papers},
        ties=ties,
        ties_of_books={kind: {tie.accounting_id: tie for tie in some.values()} for kind, some in ties.items()},
        open={key: OpenRow(outcome) for key, outcome in opened.items()},
        projects={"option-1": "1"},
        codes={"item-3": WALLS},
        names={},
        flows={kind: FLOWS[kind] for kind in KINDS},
        last_run={kind: Ran(ran, ran) for kind in draw(st.sets(st.sampled_from(KINDS)))},
        cutover=draw(st.sampled_from([None, date(2026, 1, 1)])),
    )


class OpenRow:
    """An open record as the history has it."""

    dismissed_at = None

    def __init__(self, outcome: str) -> None:
        self.outcome, self.reason = outcome, "because"


@pytest.mark.feature("ACC-32")
@given(any_papers())
def test_differences_add_up_at_every_place_whatever_the_papers_say(papers: Papers) -> None:
    tied = tie_out(papers)
    assert adds_up(tied)
    assert all(one.amount and one.why for one in tied.differences)
    assert sum(one.amount for one in papers.lines if one.entity.startswith("procore.")) == sum(tied.procore.values())
