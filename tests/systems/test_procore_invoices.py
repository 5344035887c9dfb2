"""Subcontractor invoices: what a period bills, holds and releases, to the cent."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobledger.systems.base import LedgerLine, Window
from jobledger.systems.procore.entities import ENTITIES
from jobledger.systems.procore.retainage import Retainage, retainage, split, this_period
from jobledger.systems.procore.system import Procore
from sandbox.procore.fields import amount as text
from tests.systems.site import Site
from tests.systems.stage import Stage, set_up

Row = dict[str, Any]


@pytest.fixture
def site(stage: Stage) -> Site:
    return Site(stage)


@pytest.fixture
def system(stage: Stage) -> Procore:
    return stage.procore()


def invoices(system: Procore, **window: Any) -> list[Row]:
    found = [row for page in system.read("invoices", Window(**window)) for row in page.rows]
    return sorted(found, key=lambda row: (row["commitment_id"], row["number"]))


def shape(row: Row) -> tuple[list[str], dict[str, str]]:
    """The amounts of an invoice's work lines, and of its retainage lines by id."""
    work = [str(line["amount"]) for line in row["work_lines"]]
    return work, {line["id"]: str(line["amount"]) for line in row["retainage_lines"]}


def added(row: Row) -> Decimal:
    return sum((line["amount"] for line in [*row["work_lines"], *row["retainage_lines"]]), Decimal(0))


def ledger(row: Row) -> list[LedgerLine]:
    make = ENTITIES["invoices"].ledger
    assert make is not None
    return make(row)


# --- the demo's story ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo() -> dict[str, list[Row]]:
    """The invoices of the demo by their commitment's number."""
    stage = next(set_up())
    stage.sandbox.reset("demo")
    stage.sandbox.vendors["procore"].quota.set_mode("off")
    found: dict[str, list[Row]] = defaultdict(list)
    for row in invoices(stage.procore()):
        found[row["commitment"]["number"]].append(row)
    return found


@pytest.mark.feature("ACC-15", "ACC-16", "ACC-18")
def test_five_months_of_one_subcontract(demo: dict[str, list[Row]]) -> None:
    """Materials stored and used up, a deductive change order, half of the retainage released, and a final bill."""
    assert [shape(row) for row in demo["24-021-SC-001"]] == [
        (["41440.00", "9625.05"], {"held": "-5106.51"}),
        (["17760.00", "43312.73", "7500.00"], {"held": "-6857.27"}),
        (["29600.00", "14437.57", "30000.00", "-12350.00"], {"held": "-6168.76"}),
        (["23680.00", "19250.10", "22499.99"], {"held": "-6543.01", "released": "12337.78"}),
        (["5920.00", "9625.05", "15000.00"], {"held": "-3054.51", "released": "15392.28"}),
    ]
    due = [str(row["current_payment_due"]) for row in demo["24-021-SC-001"]]
    assert due == ["45958.54", "61715.46", "55518.81", "71224.86", "42882.82"]
    assert sum(map(Decimal, due)) == Decimal("277300.49")  # the whole contract with its change order


@pytest.mark.feature("ACC-18")
def test_an_invoice_of_a_credit_one_of_nothing_and_one_that_only_releases(demo: dict[str, list[Row]]) -> None:
    first, credit, nothing, release = demo["24-017-SC-001"]
    assert shape(first) == (["48200.00"], {"held": "-4820.00"})
    assert shape(credit) == (["-8750.00"], {"released": "875.00"})
    assert credit["current_payment_due"] == Decimal("-7875.00")
    assert shape(nothing) == ([], {})
    assert nothing["nothing_to_post"] == "Invoice #3 bills nothing: all lines are zero."
    assert shape(release) == ([], {"released": "3945.00"})
    assert {row["nothing_to_post"] for row in (first, credit, release)} == {None}


@pytest.mark.feature("ACC-16")
def test_every_invoice_of_the_demo_adds_up_to_what_is_due(demo: dict[str, list[Row]]) -> None:
    rows = [row for some in demo.values() for row in some]
    assert len(rows) > 200
    assert [row for row in rows if added(row) != row["current_payment_due"]] == []


@pytest.mark.feature("ACC-19")
def test_held_less_released_is_procores_total_retainage(demo: dict[str, list[Row]]) -> None:
    for rows in demo.values():
        held = Decimal(0)
        for row in rows:
            held -= sum(line["amount"] for line in row["retainage_lines"])
            assert held == row["total_retainage"]


# --- shapes ----------------------------------------------------------------------------------------------------------


def contract_of(site: Site, **more: Any) -> tuple[Row, int, int]:
    contract = site.subcontract(**more)
    walls, slabs = [row["id"] for row in site.stage.records("procore.contract_line_items")]
    return contract, walls, slabs


def bill(line: int, work: str, **more: str) -> Row:
    return {"line_item_id": line, "work_completed_this_period": work, **more}


def test_an_invoice_shows_all_that_a_bill_needs(stage: Stage, site: Site, system: Procore) -> None:
    contract, walls, _ = contract_of(site)
    header = {"invoice_number": "RA-7", "billing_date": "2026-01-31", "payment_date": "2026-03-15"}
    made = site.invoice(contract, 1, bill(walls, "2500.00"), **header)
    [row] = invoices(system)
    assert row["commitment"] == {"id": contract["id"], "number": "SC-001", "title": "Concrete", "type": "subcontract"}
    assert row["numbers"] == {"purchase_order": "SC-001", "invoice": "RA-7"}
    assert (row["vendor_id"], row["vendor_name"], row["number"]) == (site.vendor["id"], "Acme", 1)
    assert (row["billing_date"], row["payment_date"], row["due_date"]) == ("2026-01-31", "2026-03-15", None)
    assert (row["period_due_date"], row["tax"], row["currency"]) == ("2026-12-31", Decimal("0.00"), "USD")
    assert row["url"].startswith("https://app.procore.com/")
    [line] = row["work_lines"]
    assert line | {"id": ""} == {
        "id": "",
        "code": "03-300.S",
        "description": "Walls",
        "amount": Decimal("2500.00"),
        "tax_code": {"id": None},
    }
    assert row["retainage_lines"] == [
        {"id": "held", "description": "Retainage held this period", "amount": Decimal("-250.00")}
    ]
    card = ENTITIES["invoices"].card(row)
    assert (card.id, card.name, card.number) == (str(made["id"]), "SC-001 #1", "RA-7")
    assert (card.evidence["order_number"], card.evidence["amount"]) == ("SC-001", "2250.00")
    assert (card.evidence["commitment"], card.evidence["party"]) == (str(contract["id"]), str(site.vendor["id"]))


@pytest.mark.feature("ACC-20")
def test_the_due_date_of_the_payment_details_is_read(stage: Stage, site: Site, system: Procore) -> None:
    contract, walls, _ = contract_of(site)
    site.invoice(contract, 1, bill(walls, "2500.00"), due_date="2026-04-01")
    assert [row["due_date"] for row in invoices(system)] == ["2026-04-01"]


@pytest.mark.parametrize("in_payment_due", [False, True])
@pytest.mark.feature("ACC-16")
def test_what_is_due_is_before_tax_whatever_the_company_shows(
    site: Site, system: Procore, in_payment_due: bool
) -> None:
    site.seed("settings", {"id": "invoicing", "tax_in_payment_due": in_payment_due})
    [tax] = site.seed("tax_codes", {"code": "GST", "rate1": "10"})
    contract = site.subcontract(site.line("03-300.S", "1000.00", tax_code_id=tax["id"]))
    [line] = site.stage.records("procore.contract_line_items")
    site.invoice(contract, 1, bill(line["id"], "100.00"))
    [row] = invoices(system)
    assert (row["current_payment_due"], row["tax"]) == (Decimal("90.00"), Decimal("10.00"))
    assert row["work_lines"][0]["tax_code"] == {"id": tax["id"]}
    assert added(row) == Decimal("90.00")


@pytest.mark.feature("ACC-18")
def test_retainage_held_and_released_in_one_month_is_two_lines(site: Site, system: Procore) -> None:
    contract, walls, slabs = contract_of(site)
    site.invoice(contract, 1, bill(walls, "4000.00"))
    both = {"work_completed_retainage_released_this_period": "400.00"}
    site.invoice(contract, 2, bill(walls, "0.00", **both), bill(slabs, "4000.00"))
    assert shape(invoices(system)[1]) == (["4000.00"], {"held": "-400.00", "released": "400.00"})


@pytest.mark.feature("ACC-15", "ACC-18")
def test_retainage_on_stored_materials_is_held_and_released(site: Site, system: Procore) -> None:
    contract, walls, _ = contract_of(site)
    site.invoice(contract, 1, bill(walls, "0.00", new_materials="1000.00"))
    kept = {"materials_presently_stored": "1000.00", "materials_stored_retainage_currently_retained": "60.00"}
    site.invoice(contract, 2, bill(walls, "0.00", **kept, materials_stored_retainage_released_this_period="40.00"))
    stored, released = invoices(system)
    assert shape(stored) == (["1000.00"], {"held": "-100.00"})
    assert shape(released) == ([], {"released": "40.00"})
    assert added(released) == released["current_payment_due"]


@pytest.mark.feature("ACC-15")
def test_a_change_order_billed_as_a_whole_is_split_over_its_lines(site: Site, system: Procore) -> None:
    contract, walls, _ = contract_of(site, whole_change_orders=True)
    named = {"contract_id": contract["id"], "project_id": site.project, "status": "approved"}
    lines = [site.line("03-300.S", amount, f"Extra {amount}") for amount in ("100.00", "100.00", "100.00")]
    orders = site.seed(
        "change_order_packages",
        {**named, "title": "One", "line_items": lines},
        {**named, "title": "Two", "line_items": [site.line("03-310.M", "50.00", "Slab")]},
    )
    whole = {"item_type": "whole_change_order_item", "change_order_package_id": orders[0]["id"]}
    site.invoice(contract, 1, {**whole, "work_completed_this_period": "100.00"}, bill(walls, "10.00"))
    [row] = invoices(system)
    assert [(one["code"], one["description"], str(one["amount"])) for one in row["work_lines"]] == [
        ("03-300.S", "Walls", "10.00"),
        ("03-300.S", "Extra 100.00", "33.33"),
        ("03-300.S", "Extra 100.00", "33.33"),
        ("03-300.S", "Extra 100.00", "33.34"),
    ]
    assert len({one["id"] for one in row["work_lines"]}) == 4
    assert added(row) == row["current_payment_due"]


def test_an_unread_change_order_leaves_one_line_without_a_code(site: Site, system: Procore) -> None:
    contract, _, _ = contract_of(site, whole_change_orders=True)
    named = {"contract_id": contract["id"], "project_id": site.project, "status": "approved", "title": "One"}
    [order] = site.seed("change_order_packages", {**named, "line_items": [site.line("03-300.S", "100.00")]})
    whole = {"item_type": "whole_change_order_item", "change_order_package_id": order["id"]}
    site.invoice(contract, 1, {**whole, "work_completed_this_period": "100.00"})
    site.seed("projects", {"id": site.project, "disabled_tools": ["change_orders"]})
    [row] = invoices(system)
    assert [(one["code"], one["description"]) for one in row["work_lines"]] == [(None, "One")]


@pytest.mark.parametrize(
    ("status", "counts"),
    [("approved", True), ("approved_as_noted", True), ("pending_owner_approval", False), ("draft", False)],
)
@pytest.mark.feature("ACC-20")
def test_only_approved_invoices_are_in_the_reports(site: Site, system: Procore, status: str, counts: bool) -> None:
    contract, walls, _ = contract_of(site)
    both = {"work_completed_retainage_released_this_period": "50.00"}
    site.invoice(contract, 1, bill(walls, "4000.00", **both), status=status)
    [row] = invoices(system)
    found = [(one.measure, one.amount, one.parent) for one in ledger(row)]
    parent = str(contract["id"])
    told = [("billed", "4000.00"), ("retained", "400.00"), ("retained", "-50.00")]
    assert found == ([(name, Decimal(amount), parent) for name, amount in told] if counts else [])


def test_invoices_cost_two_calls_a_project_and_periods_only_where_there_are_any(
    stage: Stage, site: Site, system: Procore
) -> None:
    contract, walls, _ = contract_of(site)
    site.invoice(contract, 1, bill(walls, "1.00"))
    stage.sandbox.world.clock.advance(timedelta(hours=1))
    since = stage.around.clock()
    stage.sandbox.world.clock.advance(timedelta(hours=1))
    assert invoices(system, since=since) == []
    assert len(stage.requests("procore", "GET")) == 1 + 1
    site.invoice(contract, 2, bill(walls, "1.00"))
    assert [row["number"] for row in invoices(system, since=since)] == [2]
    assert len(stage.requests("procore", "GET")) == 2 + 1 + 2


# --- the arithmetic --------------------------------------------------------------------------------------------------

MONEY = st.integers(min_value=-200_000, max_value=2_000_000).map(lambda cents: Decimal(cents) / 100)
SHARE = st.integers(min_value=0, max_value=100)
MONTH = st.tuples(MONEY, MONEY.map(abs), MONEY, SHARE, SHARE)
"""Work, materials on site, retainage held on work, and the shares of retainage on materials and of its release."""


class _Standing:
    """One line of a contract as G703 carries it from month to month."""

    def __init__(self) -> None:
        self.work = self.kept_work = self.stored = self.kept_stored = Decimal(0)

    def bill(self, month: tuple[Decimal, Decimal, Decimal, int, int]) -> Row:
        work, stored, held, stored_share, release_share = month
        before = {"work": self.work, "stored": self.stored, "kept": self.kept_work}
        released = max(self.kept_work, Decimal(0)) * release_share // 1 / 100
        released_stored = self.kept_stored * release_share // 1 / 100
        self.work, self.stored = self.work + work, stored
        self.kept_work += held - released
        self.kept_stored = stored * stored_share // 1 / 100
        return {
            "work_completed_this_period": text(work),
            "materials_presently_stored": text(stored),
            "work_completed_retainage_retained_this_period": text(held),
            "work_completed_retainage_released_this_period": text(released),
            "materials_stored_retainage_currently_retained": text(self.kept_stored),
            "materials_stored_retainage_released_this_period": text(released_stored),
            "work_completed_retainage_from_previous_application": text(before["kept"]),
            "total_completed_and_stored_to_date": text(self.work + stored),
            "total_completed_and_stored_to_date_from_previous": text(before["work"] + before["stored"]),
        }

    @property
    def kept(self) -> Decimal:
        return self.kept_work + self.kept_stored


@given(st.lists(st.lists(MONTH, min_size=1, max_size=4), min_size=1, max_size=6))
def test_work_and_retainage_add_up_to_what_is_due_in_every_month(months: list[list[Any]]) -> None:
    lines = [_Standing() for _ in months[0]]
    certified = kept_so_far = Decimal(0)
    for month in months:
        items = [line.bill(month[place % len(month)]) for place, line in enumerate(lines)]
        earned = sum((line.work + line.stored - line.kept for line in lines), Decimal(0))
        kept = retainage(items, certified)
        work = sum(map(this_period, items), Decimal(0))
        assert work - kept.held + kept.released == earned - certified
        assert min(kept.held, kept.released) >= 0
        kept_so_far += kept.held - kept.released
        assert kept_so_far == sum((line.kept for line in lines), Decimal(0))
        certified = earned


@given(MONEY, st.lists(MONEY, min_size=1, max_size=9))
def test_a_split_adds_up_and_each_share_is_in_proportion(amount: Decimal, weights: list[Decimal]) -> None:
    shares = split(amount, weights)
    whole = sum(weights, Decimal(0))
    assert sum(shares) == amount
    assert len(shares) == len(weights)
    assert all(share == share.quantize(Decimal("0.01")) for share in shares)
    for share, weight in zip(shares[:-1], weights, strict=False):
        assert abs(share - (amount * weight / whole if whole else 0)) <= Decimal("0.005")


def test_what_procore_does_not_tell_counts_as_nothing() -> None:
    assert this_period({}) == 0
    assert retainage([{}], Decimal(0)) == Retainage(Decimal(0), Decimal(0))
