"""Costs that were entered in Procore and went out as bills, and time: compared, each difference explained."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from jobledger.reports.jobcosts import job_costs, transactions
from jobledger.reports.tables import Tied, summary
from jobledger.reports.tieout import Difference, TieOut, measures_of, tie_out
from jobledger.store.engine import writing
from jobledger.store.tables import ledger_line
from tests.pipeline.crew import Crew
from tests.pipeline.night import Night, narrowed, new_database, nights
from tests.pipeline.quickbooks_desk import WALLS, QuickBooksDesk
from tests.pipeline.quickbooks_night import quickbooks_nights

pytestmark = pytest.mark.feature("ACC-32")

Row = dict[str, Any]
DIESEL = Decimal("76.25")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[QuickBooksDesk]:
    """Direct costs go out as bills, and what began in the books comes back."""
    with new_database(f"sqlite:///{tmp_path / 'night.db'}") as engine:
        for night in quickbooks_nights(engine, tmp_path):
            desk = QuickBooksDesk(night)
            night.set(direct_costs={"export_expenses": True})
            yield desk


def typed(desk: QuickBooksDesk, **more: Any) -> Row:
    head = {"project_id": desk.project, "direct_cost_type": "expense", "vendor_id": desk.vendor["id"]}
    rest = {"direct_cost_date": "2026-03-01", "status": "approved", "description": "Fuel", "invoice_number": "F-1"}
    lines = [desk.line(WALLS, str(DIESEL), "Diesel")]
    return desk.seed("direct_costs", {**head, **rest, "line_items": lines, **more})[0]


def a_night(desk: QuickBooksDesk) -> TieOut:
    desk.tonight("expenses")
    desk.tonight("job_costs")
    return tie_out(desk.night.papers())


def only(tied: TieOut) -> Difference:
    [found] = tied.differences
    return found


def test_an_exported_cost_is_on_both_sides_once_and_what_began_in_the_books_is_apart(desk: QuickBooksDesk) -> None:
    typed(desk)
    desk.bill(desk.cost("100.00"), number="77")
    a_night(desk)
    tied = a_night(desk)
    tower = str(desk.project)
    expected = {("expense", tower, WALLS): DIESEL, ("cost", tower, WALLS): Decimal(100)}
    assert {tuple(key): amount for key, amount in tied.procore.items()} == expected
    assert {tuple(key): amount for key, amount in tied.books.items()} == expected
    assert tied.differences == []
    [cost] = job_costs(desk.night.papers())
    assert (cost.job_to_date, cost.in_procore) == (DIESEL + 100, DIESEL + 100)


def test_a_cost_that_waits_is_in_flight_and_one_that_cannot_go_out_is_unlinked(desk: QuickBooksDesk) -> None:
    desk.night.set(approvals={"default": "automatic", "expenses": "required"})
    cost = typed(desk)
    assert (only(a_night(desk)).cause, only(a_night(desk)).amount) == ("in flight", DIESEL)
    desk.night.set(approvals={"default": "automatic"})
    desk.night.later(minutes=1)
    desk.seed("direct_costs", {"id": cost["id"], "vendor_id": None})
    found = only(a_night(desk))
    assert (found.cause, found.key.measure) == ("unlinked", "expense")
    assert "VendorRef has no value" in found.why


def test_a_bill_that_a_person_changed_or_deleted_says_so(desk: QuickBooksDesk) -> None:
    typed(desk)
    a_night(desk)
    [bill] = desk.bills()
    desk.night.later(minutes=1)
    line = {name: value for name, value in bill["Line"][0].items() if not name.startswith("_")}
    desk.night.put("bills", Id=bill["Id"], Line=[{**line, "Amount": Decimal("70.00")}])
    found = only(a_night(desk))
    assert (found.cause, found.amount, found.key.measure) == ("edited", Decimal("6.25"), "expense")
    desk.night.later(minutes=1)
    desk.stage.sandbox.vendors["quickbooks_online"].remove("bills", bill["Id"])
    found = only(a_night(desk))
    assert (found.cause, found.amount) == ("deleted", DIESEL)


def test_what_nothing_explains_is_unexplained(desk: QuickBooksDesk) -> None:
    """A cost that a defect has lost, and an amount that no document tells."""
    typed(desk)
    a_night(desk)
    papers = desk.night.papers()
    line = next(one for one in papers.lines if one.entity == "procore.expenses")
    paper = replace(papers.papers["procore.expenses", line.document], id="lost")
    lost = [*papers.lines, replace(line, document="lost")]
    known = {**papers.papers, ("procore.expenses", "lost"): paper}
    found = only(tie_out(replace(papers, lines=lost, papers=known)))
    assert (found.cause, found.amount) == ("unexplained", DIESEL)

    desk.night.run("expenses", mode="plan", scope=narrowed(full_refresh=True))
    with writing(desk.night.engine) as connection:
        where = (ledger_line.c.entity == "quickbooks_online.bills", ledger_line.c.measure == "expense")
        connection.execute(sa.update(ledger_line).where(*where).values(amount="70.00"))
    found = only(tie_out(desk.night.papers()))
    assert (found.cause, found.amount) == ("unexplained", Decimal("6.25"))


def test_an_expense_and_a_bill_that_began_in_the_books_are_one_once_they_are_linked(desk: QuickBooksDesk) -> None:
    """They agree in company, number and total: the bill has no mark of ours, and is a cost of the books as well."""
    typed(desk, direct_cost_type="invoice")
    desk.bill(desk.cost(str(DIESEL)), number="F-1")
    for _ in range(2):
        tied = a_night(desk)
        assert {key.measure: amount for key, amount in tied.procore.items()} == {"expense": DIESEL}
        assert (tied.books, tied.differences) == (tied.procore, [])
    [document] = transactions(desk.night.papers())
    assert (document.amount, document.began_as) == (DIESEL, "direct cost")


def test_a_direct_cost_that_is_linked_as_a_cost_of_the_books_is_compared_as_such(desk: QuickBooksDesk) -> None:
    desk.night.set(direct_costs={"export_expenses": False})
    cost = typed(desk, direct_cost_type="invoice")
    bill = desk.bill(desk.cost(str(DIESEL)), number="D-7")
    desk.tonight("job_costs")
    desk.link("job_costs", cost["id"], f"bill:{bill['Id']}/{desk.job('Tower')['value']}")
    desk.tonight("job_costs", scope=narrowed(full_refresh=True))
    desk.night.set(direct_costs={"export_expenses": True})
    a_night(desk)
    tied = a_night(desk)
    assert len(desk.bills()) == 1
    assert {key.measure for key in tied.procore} == {"cost"}
    assert (tied.books, tied.differences) == (tied.procore, [])


@pytest.mark.feature("ACC-24", "SMX-QBO-85")
@pytest.mark.parametrize("imports", [False, True])
def test_a_bill_that_is_linked_with_a_direct_cost_never_becomes_a_second_one(
    desk: QuickBooksDesk, imports: bool
) -> None:
    """Linked by a person, under another number and amount: nothing says so but the link."""
    desk.night.set(job_costs={"import_exported_bills": imports})
    cost = typed(desk)
    bill = desk.bill(desk.cost("80.00"), number="D-7")
    desk.link("expenses", cost["id"], bill["Id"])
    typed(desk, description="Saw", direct_cost_date="2026-03-02", invoice_number="F-2")
    a_night(desk)
    tied = a_night(desk)
    assert len(desk.stage.records("procore.direct_costs")) == len(desk.bills()) == 2
    assert [(one.cause, one.amount) for one in tied.differences] == [("unexplained", DIESEL - 80)]


def test_with_the_switch_off_again_a_cost_is_procores_own(desk: QuickBooksDesk) -> None:
    typed(desk)
    a_night(desk)
    desk.night.set(direct_costs={"export_expenses": False})
    found = only(a_night(desk))
    assert (found.cause, found.amount, found.key.measure) == ("only in Procore", DIESEL, "cost")


def test_with_the_switch_off_a_cost_is_procores_own(desk: QuickBooksDesk) -> None:
    typed(desk)
    desk.night.set(direct_costs={"export_expenses": False})
    desk.tonight("job_costs")
    found = only(tie_out(desk.night.papers()))
    assert (found.cause, found.key.measure) == ("only in Procore", "cost")


@pytest.fixture
def crew(tmp_path: Path) -> Iterator[Crew]:
    for night in nights(f"sqlite:///{tmp_path / 'night.db'}", tmp_path):
        yield Crew(night)


def test_the_cost_of_time_is_procores_own_and_an_edit_of_it_says_so(crew: Crew) -> None:
    crew.works("7.5")
    crew.run()
    night: Night = crew.night
    night.later(hours=1)
    night.run("job_costs")
    found = only(tie_out(night.papers()))
    assert (found.cause, found.amount) == ("only in Procore", Decimal("300.00"))
    assert "approved time at the employee's rate" in found.why
    [cost] = crew.costs()
    [line] = [one for one in crew.records("direct_cost_line_items") if one["direct_cost_id"] == cost["id"]]
    night.later(minutes=1)
    crew.seed("direct_costs", {"id": cost["id"], "origin_id": None})
    crew.seed("direct_cost_line_items", {"id": line["id"], "amount": "290.00", "unit_cost": "38.67"})
    night.later(hours=1)
    night.run("job_costs")
    assert only(tie_out(night.papers())).cause == "edited"


def works(desk: QuickBooksDesk, hours: str, day: str = "2026-03-02", **more: Any) -> Row:
    """Approved time of Ana, whom both sides know."""
    if not desk.night.held("employees"):
        desk.seed("users", {"first_name": "Ana", "last_name": "Ruiz", "is_employee": True})
        desk.night.put("employees", GivenName="Ana", FamilyName="Ruiz", DisplayName="Ana Ruiz")
        desk.night.set(labour={"time_activities": True}, direct_costs={"export_expenses": True})
    [ana] = [one for one in desk.stage.records("procore.users") if one["last_name"] == "Ruiz"]
    entry = {"project_id": desk.project, "party_id": ana["id"], "date": day, "hours": hours}
    return desk.seed("timecard_entries", {**entry, "approval_status": "approved", **more})[0]


def add(desk: QuickBooksDesk, entity: str, document: Any, by: str) -> None:
    """A line in the stored ledger grows, as by a defect."""
    mine = (ledger_line.c.entity == entity, ledger_line.c.document == str(document))
    with writing(desk.night.engine) as connection:
        [row] = connection.execute(sa.select(ledger_line).where(*mine)).all()
        connection.execute(sa.update(ledger_line).where(*mine).values(amount=str(Decimal(row.amount) + Decimal(by))))


@pytest.mark.feature("SMX-QBO-77")
def test_approved_time_and_the_time_activities_that_it_became_are_compared_in_hours(desk: QuickBooksDesk) -> None:
    works(desk, "7.5")
    works(desk, "0.33", "2026-03-03")
    works(desk, "4", approval_status="pending")
    desk.tonight("employees", "time_activities")
    tied = tie_out(desk.night.papers())
    assert {tuple(key): amount for key, amount in tied.books.items()} == {
        ("hours", str(desk.project), ""): Decimal("7.83")
    }
    assert (tied.procore, tied.differences) == (tied.books, [])


@pytest.mark.feature("SMX-QBO-77")
def test_hours_that_differ_have_their_cause_and_are_never_added_to_money(desk: QuickBooksDesk) -> None:
    card = works(desk, "8")
    works(desk, "7.5", "2026-03-03")
    works(desk, "2", "2025-12-31")
    cost = typed(desk)
    desk.tonight("employees", "time_activities")
    a_night(desk)
    [activity] = [one for one in desk.night.held("time_activities") if one["Hours"] == 7]
    desk.night.later(minutes=1)
    desk.night.put("time_activities", Id=activity["Id"], Hours=6)
    desk.tonight("time_activities")
    add(desk, "procore.timecards", card["id"], "0.75")
    add(desk, "procore.expenses", cost["id"], "6.00")
    papers = desk.night.papers()
    tied = tie_out(papers)
    assert sorted((one.cause, one.key.measure, one.amount) for one in tied.differences) == [
        ("edited", "hours", Decimal(1)),
        ("opening", "hours", Decimal(2)),
        ("unexplained", "expense", Decimal(6)),
        ("unexplained", "hours", Decimal("0.75")),
    ]
    told = summary(Tied("test", papers, tied, measures_of(papers.flows)))
    assert told.endswith("unexplained: 6.00 and 0.75 hours")
