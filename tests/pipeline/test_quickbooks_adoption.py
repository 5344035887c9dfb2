"""The first night on a Procore and a QuickBooks that are in use: what is the same is linked, nothing is made twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from jobledger.reports.tieout import tie_out
from sandbox import datasets
from tests.pipeline.night import new_database
from tests.pipeline.quickbooks_desk import BILLING, CONTRACTS, COSTS
from tests.pipeline.quickbooks_night import STAGE_1, STAGE_2, QuickBooksNight, quickbooks_nights

Row = dict[str, Any]

STAGES = (STAGE_1, STAGE_2, CONTRACTS, BILLING, COSTS)
COMMITMENTS = ("procore.work_order_contracts", "procore.purchase_order_contracts")
MADE = {"companies": "vendors", "commitments": "purchase_orders", "invoices": "bills"}
"""Kind of link -> the entity of QuickBooks of which its flow makes records."""


@dataclass
class Adopted:
    """A night of all stages on the dataset `adopt`, and the ids that were there before it."""

    night: QuickBooksNight
    counts: dict[str, dict[str, int]]
    before: dict[str, set[str]]

    def rows(self, *tables: str) -> list[Row]:
        return [row for table in tables for row in self.night.stage.records(table)]

    def ours(self, kind: str) -> dict[str, str]:
        """What the truth calls the records of Procore, by id."""
        if kind == "companies":
            return {str(row["id"]): row["name"] for row in self.rows("procore.vendors")}
        numbers = {row["id"]: row["number"] for row in self.rows(*COMMITMENTS)}
        if kind == "commitments":
            return {str(key): number for key, number in numbers.items()}
        rows = self.rows("procore.requisitions")
        return {str(row["id"]): f"{numbers[row['commitment_id']]} #{row['number']}" for row in rows}

    def theirs(self, kind: str) -> dict[str, str]:
        """What the truth calls the records of QuickBooks, by id."""
        vendors = {row["Id"]: row["DisplayName"] for row in self.night.held("vendors")}
        if kind == "companies":
            return {f"vendor-{key}": name for key, name in vendors.items()}
        if kind == "commitments":
            return {row["Id"]: row["DocNumber"] for row in self.night.held("purchase_orders")}
        bills = self.night.held("bills")
        return {row["Id"]: f"{vendors[row['VendorRef']['value']]} {row.get('DocNumber', '')}" for row in bills}

    def linked(self, kind: str) -> set[tuple[str, str]]:
        """The links of a kind, in the truth's words; those with customers are left out."""
        ours, theirs = self.ours(kind), self.theirs(kind)
        links = self.night.links(kind).items()
        return {(ours[one], theirs[other]) for one, other in links if not other.startswith("customer-")}

    def held(self, kind: str) -> dict[str, str]:
        """The open records of a kind: what the truth calls them -> outcome and reason."""
        ours = self.ours(kind)
        return {ours[one.source_id]: f"{one.outcome}: {one.reason}" for one in self.night.open(kind)}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with new_database(f"sqlite:///{tmp_path_factory.mktemp('adopt') / 'night.db'}") as engine:
        yield engine


@pytest.fixture(scope="module")
def adopted(store: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Adopted]:
    for night in quickbooks_nights(store, tmp_path_factory.mktemp("staged")):
        sandbox = night.stage.sandbox
        datasets.load(sandbox.world, sandbox.vendors, "adopt", scale=1, seed=7)
        night.set(cost_codes={"sub_jobs": "ignore"})
        night.set(retainage={"payable_held": "2150", "payable_released": "2150"})
        before = {entity: {row["Id"] for row in night.held(entity)} for entity in MADE.values()}
        counts = {name: count for names in STAGES for name, count in night.run(*names).items()}
        yield Adopted(night, counts, before)


def truth(kind: str) -> list[tuple[str, str]]:
    return datasets.truth("adopt", 1, 7)[kind]


@pytest.mark.feature("SMX-QBO-19", "SMX-QBO-31")
def test_vendors_that_are_surely_the_same_are_linked_and_doubtful_ones_never(adopted: Adopted) -> None:
    linked = adopted.linked("companies")
    assert linked.isdisjoint(truth("companies_doubtful"))
    sure = [pair for pair in truth("companies") if pair in linked]
    assert len(sure) > 0.8 * len(truth("companies"))
    held = adopted.held("companies")
    assert [ours for ours, theirs in truth("companies") if (ours, theirs) not in linked and ours not in held] == []


KINDS = ["commitments", "invoices"]


@pytest.mark.feature("ACC-4")
@pytest.mark.parametrize("kind", KINDS)
def test_every_pair_whose_parents_are_linked_is_linked_and_the_others_wait(adopted: Adopted, kind: str) -> None:
    linked, waiting = adopted.linked(kind), adopted.held(kind)
    missing = [ours for ours, theirs in truth(kind) if (ours, theirs) not in linked]
    assert all(waiting[one].startswith("blocked: ") and "not linked yet" in waiting[one] for one in missing)
    assert len(missing) < len(truth(kind)) / 2


@pytest.mark.feature("ACC-4")
@pytest.mark.parametrize("kind", KINDS)
def test_doubtful_pairs_are_proposed_and_never_linked(adopted: Adopted, kind: str) -> None:
    waiting, doubtful = adopted.held(kind), truth(f"{kind}_doubtful")
    assert adopted.linked(kind).isdisjoint(doubtful)
    reasons = [waiting[ours] for ours, _ in doubtful]
    proposed = [why for why in reasons if why.startswith("conflict: ") and "may be a record that QuickBooks has" in why]
    blocked = [why for why in reasons if why.startswith("blocked: ") and "not linked yet" in why]
    assert len(proposed) >= 2
    assert len(proposed) + len(blocked) == len(doubtful)


@pytest.mark.feature("ACC-4", "ACC-25")
@pytest.mark.parametrize(("kind", "entity"), MADE.items())
def test_nothing_that_quickbooks_had_is_made_there_again(adopted: Adopted, kind: str, entity: str) -> None:
    new = {row["Id"] for row in adopted.night.held(entity)} - adopted.before[entity]
    assert len(new) == adopted.counts[kind]["created"] > 5
    ours, prefix = adopted.ours(kind), "vendor-" if kind == "companies" else ""
    made = Counter(ours[one] for one, other in adopted.night.links(kind).items() if other.removeprefix(prefix) in new)
    assert sum(made.values()) == len(new)
    assert {mine for name in (kind, f"{kind}_doubtful") for mine, _ in truth(name)}.isdisjoint(made)


@pytest.mark.feature("ACC-24", "ACC-25")
def test_no_bill_of_an_invoice_enters_procore_as_a_cost(adopted: Adopted) -> None:
    paired = {bill for name in ("invoices", "invoices_doubtful") for _, bill in truth(name)}
    bills = [key for key, name in adopted.theirs("invoices").items() if name in paired]
    costs = [row["origin_id"] for row in adopted.rows("procore.direct_costs") if row["origin_id"]]
    assert costs and max(Counter(costs).values()) == 1
    assert [one for one in costs for key in bills if f":bill:{key}/" in one] == []


@pytest.mark.feature("ACC-8", "ACC-32")
def test_opening_balances_and_all_other_differences_are_explained(adopted: Adopted) -> None:
    tied = tie_out(adopted.night.papers())
    assert tied.unexplained == []
    assert {one.cause for one in tied.differences} >= {"opening", "unlinked", "conflict"}


@pytest.mark.feature("ACC-4", "ACC-7")
def test_a_second_night_writes_nothing_at_all(adopted: Adopted) -> None:
    night, before = adopted.night, adopted.night.writes()
    night.later(hours=24)
    again = {name: count for names in STAGES for name, count in night.run(*names).items()}
    assert night.writes() == before
    assert not any(count.get("created") or count.get("updated") or count.get("removed") for count in again.values())
