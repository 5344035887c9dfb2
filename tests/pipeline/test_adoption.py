"""The first night on two systems that are in use already: what is the same is linked, and nothing is made twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from jobledger.reports.tieout import TieOut, tie_out
from jobledger.store.engine import reading
from jobledger.store.links import dismissed
from sandbox import datasets
from tests.pipeline.night import STAGE_1, STAGE_2, Night, nights
from tests.pipeline.site import BILLING, CONTRACTS, COSTS

Row = dict[str, Any]
Pairs = list[tuple[str, str]]

STAGES = (STAGE_1, STAGE_2, CONTRACTS, BILLING, COSTS)
CUTOVER = date(2026, 1, 1)
COMMITMENTS = ("procore.work_order_contracts", "procore.purchase_order_contracts")


@dataclass
class Adopted:
    """A night of all stages on the dataset `adopt`, and what was there before it."""

    night: Night
    counts: dict[str, dict[str, int]]
    orders_before: set[str]
    bills_before: set[str]

    def rows(self, *tables: str) -> list[Row]:
        return [row for table in tables for row in self.night.stage.records(table)]

    def names(self, kind: str) -> tuple[dict[str, str], dict[str, str]]:
        """What the truth calls the commitments or invoices of Procore, and the orders or bills of Xero, by id."""
        numbers = {row["id"]: row["number"] for row in self.rows(*COMMITMENTS)}
        if kind == "commitments":
            orders = {row["PurchaseOrderID"]: row["PurchaseOrderNumber"] for row in self.rows("xero.purchase_orders")}
            return {str(key): number for key, number in numbers.items()}, orders
        rows = self.rows("procore.requisitions")
        invoices = {str(row["id"]): f"{numbers[row['commitment_id']]} #{row['number']}" for row in rows}
        contacts = {row["ContactID"]: row["Name"] for row in self.rows("xero.contacts")}
        bills = {
            row["InvoiceID"]: f"{contacts[row['Contact']['ContactID']]} {row['InvoiceNumber']}"
            for row in self.rows("xero.invoices")
        }
        return invoices, bills

    def linked(self, kind: str) -> set[tuple[str, str]]:
        ours, theirs = self.names(kind)
        return {(ours[one], theirs[other]) for one, other in self.night.links(kind).items()}

    def tied(self) -> TieOut:
        return tie_out(self.night.papers())


@pytest.fixture(scope="module")
def adopted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Adopted]:
    folder = tmp_path_factory.mktemp("adopt")
    for night in nights(f"sqlite:///{folder / 'night.db'}", folder):
        sandbox = night.stage.sandbox
        datasets.load(sandbox.world, sandbox.vendors, "adopt", scale=1, seed=7)
        night.with_suites = True
        night.set(companies={"export": "used_on_commitments"}, cost_codes={"sub_jobs": "ignore"})
        night.set(retainage={"item": "RETAINAGE"}, cutover=CUTOVER.isoformat())
        orders = {row["PurchaseOrderID"] for row in night.stage.records("xero.purchase_orders")}
        bills = {row["InvoiceID"] for row in night.stage.records("xero.invoices")}
        counts = {name: count for names in STAGES for name, count in night.run(*names).items()}
        yield Adopted(night, counts, orders, bills)


def truth(kind: str) -> Pairs:
    return datasets.truth("adopt", 1, 7)[kind]


def held(adopted: Adopted, kind: str) -> dict[str, str]:
    """The open records of a kind: what the truth calls them -> outcome and reason."""
    ours, _ = adopted.names(kind)
    return {ours[one.source_id]: f"{one.outcome}: {one.reason}" for one in adopted.night.open(kind)}


KINDS = ["commitments", "invoices"]


@pytest.mark.feature("ACC-4")
@pytest.mark.parametrize("kind", KINDS)
def test_every_pair_whose_parents_are_linked_is_linked_and_the_others_wait(adopted: Adopted, kind: str) -> None:
    linked, waiting = adopted.linked(kind), held(adopted, kind)
    missing = [ours for ours, theirs in truth(kind) if (ours, theirs) not in linked]
    assert all(waiting[one].startswith("blocked: ") and "not linked yet" in waiting[one] for one in missing)
    assert len(missing) < len(truth(kind)) / 2


@pytest.mark.feature("ACC-4")
@pytest.mark.parametrize("kind", KINDS)
def test_doubtful_pairs_are_proposed_and_never_linked(adopted: Adopted, kind: str) -> None:
    linked, waiting = adopted.linked(kind), held(adopted, kind)
    doubtful = truth(f"{kind}_doubtful")
    assert linked.isdisjoint(doubtful)
    reasons = [waiting[ours] for ours, _ in doubtful]
    proposed = [why for why in reasons if why.startswith("conflict: ") and "may be a record that Xero has" in why]
    blocked = [why for why in reasons if why.startswith("blocked: ") and "not linked yet" in why]
    assert len(proposed) >= 2
    assert len(proposed) + len(blocked) == len(doubtful)


@pytest.mark.feature("ACC-4", "ACC-25")
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_that_xero_had_is_made_there_again(adopted: Adopted, kind: str) -> None:
    ours, theirs = adopted.names(kind)
    new = {key: name for key, name in theirs.items() if key not in adopted.orders_before | adopted.bills_before}
    if kind == "invoices":
        urls = {row["InvoiceID"]: row.get("Url") or "" for row in adopted.rows("xero.invoices")}
        new = {key: ours[urls[key].rpartition("procore-")[2]] for key in new}
    had = {mine for name in (kind, f"{kind}_doubtful") for mine, _ in truth(name)}
    assert len(new) == adopted.counts[kind]["created"] > 5
    assert had.isdisjoint(new.values())
    assert max(Counter(new.values()).values()) == 1


@pytest.mark.feature("ACC-4", "ACC-25", "ACC-24")
def test_no_cost_or_payment_enters_procore_twice(adopted: Adopted) -> None:
    _, theirs = adopted.names("invoices")
    paired = {bill for name in ("invoices", "invoices_doubtful") for _, bill in truth(name)}
    costs = [row["origin_id"] for row in adopted.rows("procore.direct_costs") if row["origin_id"]]
    doubled = [one for one in costs for key, name in theirs.items() if name in paired and key in one]
    assert costs and not doubled
    assert max(Counter(costs).values()) == 1
    payments = adopted.rows("procore.contract_payments")
    ours = [one for one in payments if one["origin_id"]]
    linked = adopted.night.links("payments")
    typed = [one for one in payments if not one["origin_id"] and str(one["id"]) not in linked]
    assert ours and typed
    for one in ours:
        assert not [other for other in typed if _alike(one, other)]


def _alike(one: Row, other: Row) -> bool:
    days = [date.fromisoformat(row["date"]) for row in (one, other)]
    same = one["contract_id"] == other["contract_id"] and Decimal(one["amount"]) == Decimal(other["amount"])
    return same and abs((days[0] - days[1]).days) <= 45


@pytest.mark.feature("ACC-7")
def test_nothing_dated_before_the_cut_over_is_made_on_either_side(adopted: Adopted) -> None:
    bills = [row for row in adopted.rows("xero.invoices") if row["InvoiceID"] not in adopted.bills_before]
    days = [str(row["Date"]) for row in bills]
    days += [row["direct_cost_date"] for row in adopted.rows("procore.direct_costs") if row["origin_id"]]
    days += [row["date"] for row in adopted.rows("procore.contract_payments") if row["origin_id"]]
    assert days and min(days) >= CUTOVER.isoformat()
    assert {flow for flow, count in adopted.counts.items() if count.get("opening")} >= {"commitments", "invoices"}


@pytest.mark.feature("ACC-8", "ACC-32")
def test_opening_balances_and_all_other_differences_are_explained(adopted: Adopted) -> None:
    tied = adopted.tied()
    assert tied.unexplained == []
    sums: Counter[Any] = Counter()
    for one in tied.differences:
        sums[one.key] += one.amount
    keys = {*tied.procore, *tied.books}
    assert all(tied.procore.get(key, 0) - tied.books.get(key, 0) == sums[key] for key in keys)
    assert {one.cause for one in tied.differences} >= {"opening", "unlinked", "conflict"}


@pytest.mark.feature("ACC-4", "ACC-7")
def test_a_second_night_writes_nothing_at_all(adopted: Adopted) -> None:
    night, before = adopted.night, adopted.night.writes()
    night.later(hours=24)
    again = {name: count for names in STAGES for name, count in night.run(*names).items()}
    assert night.writes() == before
    assert not any(count.get("created") or count.get("updated") or count.get("removed") for count in again.values())
    with reading(night.engine) as connection:
        assert not dismissed(connection, night.pair, "invoices")
