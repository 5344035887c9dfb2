"""Never twice, for orders, their change orders and bills: whatever dies, and whatever answer is lost."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from jobledger.pipeline.extract import extract
from jobledger.pipeline.load import load
from jobledger.pipeline.map import map_records
from jobledger.pipeline.validate import validate
from jobledger.store.tables import intent
from sandbox.faults import Fault, Kind
from tests.pipeline.desk import Desk, Row, lines
from tests.pipeline.linked import desk_of
from tests.pipeline.night import Died, Night, dies_at
from tests.pipeline.site import CONTRACTS

FLOWS = ("commitments", "change_orders", "invoices")
POINTS = ["mapped", "intent_open", "answered", "linked", "written_back", "settled", "cursor_moved"]
LOST: list[Kind] = ["drop_after_commit", "drop_before_commit", "garbage"]

TO_BOOKS = [
    ("commitments", "xero", "PurchaseOrders"),
    ("change_orders", "xero", "PurchaseOrders"),
    ("invoices", "xero", "Invoices"),
]
TO_PROCORE = [
    ("commitments", "procore", "work_order_contracts"),
    ("change_orders", "procore", "change_order_packages"),
    ("invoices", "procore", "requisitions"),
]
"""A flow, the system that it writes to, and where: the document itself, or its id into Procore's record."""


@pytest.fixture
def desk(night: Night) -> Desk:
    return signed(desk_of(night))


def signed(desk: Desk) -> Desk:
    """Three subcontracts of 15,000.00, each with a change order of 500.00 and an invoice of 1,000.00."""
    for number in ("SC-001", "SC-002", "SC-003"):
        contract = desk.subcontract(number=number, title=number)
        desk.change_order(contract)
        desk.work(contract, 3, "1000.00")
    return desk


def until(desk: Desk, flow: str) -> None:
    """The flows before this one have done their work."""
    before = FLOWS[: FLOWS.index(flow)]
    if before:
        desk.night.run(*before)
        desk.night.later(hours=1)


def settles(desk: Desk) -> None:
    """The night after the trouble: everything is there once, to the cent, and then nothing is written any more."""
    desk.night.later(hours=1)
    desk.night.run(*FLOWS)
    whole = [("Walls", "10000.00"), ("Slabs", "5000.00"), ("CO 001 – Drains", "500.00")]
    assert {
        one["PurchaseOrderNumber"]: lines(one) for one in desk.stage.records("xero.purchase_orders")
    } == dict.fromkeys(("SC-001", "SC-002", "SC-003"), whole)
    assert [str(one["SubTotal"]) for one in desk.stage.records("xero.invoices")] == ["900.00"] * 3
    assert desk.total(desk.orders()) == Decimal("46500.00")
    assert [len(desk.night.links(flow)) for flow in FLOWS] == [3, 3, 3]
    for flow in FLOWS:
        assert desk.night.open(flow) == [], flow
        assert set(desk.night.links(flow).values()) == {_target(row) for row in _sources(desk, flow)}, flow
    assert [one for one in desk.night.rows(intent) if one.state == "open"] == []
    assert desk.quiet()


def _sources(desk: Desk, flow: str) -> list[Row]:
    tables = {
        "commitments": "work_order_contracts",
        "change_orders": "change_order_packages",
        "invoices": "requisitions",
    }
    return desk.stage.records(f"procore.{tables[flow]}")


def _target(row: Row) -> str:
    return str(row["origin_id"]).rpartition(":")[2]


@pytest.mark.feature("XER-43", "XER-60")
@pytest.mark.parametrize("point", ["intent_open", "answered", "linked"])
def test_the_same_holds_on_every_database(any_night: Night, point: str) -> None:
    desk = signed(desk_of(any_night))
    with pytest.raises(Died):
        desk.night.run("commitments", at_point=dies_at(point))
    desk.night.later(hours=1)
    desk.night.run("commitments", "change_orders")
    with pytest.raises(Died):
        desk.night.run("invoices", at_point=dies_at(point))
    settles(desk)


@pytest.mark.feature("XER-43", "XER-53", "XER-60", "ACC-11", "ACC-17")
@pytest.mark.parametrize("kind", LOST)
@pytest.mark.parametrize(("flow", "system", "path"), TO_BOOKS + TO_PROCORE)
def test_an_answer_that_is_lost_makes_nothing_twice(desk: Desk, flow: str, system: str, path: str, kind: Kind) -> None:
    until(desk, flow)
    executed = kind != "drop_before_commit"
    desk.stage.fault(
        *(
            Fault(system=system, method=method, path=path, kind=kind, executed=executed)
            for method in ("PUT", "POST", "PATCH")
        )
    )
    desk.night.run(flow)
    assert sum(one.fired for one in desk.stage.sandbox.faults.active) > 0
    desk.stage.fault()
    settles(desk)


@pytest.mark.feature("XER-43", "XER-53", "XER-60")
@pytest.mark.parametrize(("flow", "system", "path"), TO_BOOKS)
def test_a_batch_of_which_one_member_is_refused_makes_the_others_and_that_one_in_the_next_night(
    desk: Desk, flow: str, system: str, path: str
) -> None:
    until(desk, flow)
    desk.stage.fault(*(Fault(system=system, method=one, path=path, kind="partial_batch") for one in ("PUT", "POST")))
    counts = desk.night.run(flow)[flow]
    assert (counts["created"], sum(counts.values())) == (2, 3)
    desk.stage.fault()
    settles(desk)


@pytest.mark.feature("PRC-API-24")
def test_an_id_that_procore_refuses_leaves_the_record_open_and_is_written_the_next_night(desk: Desk) -> None:
    desk.stage.fault(Fault(system="procore", method="PATCH", path="work_order_contracts", kind="partial_batch"))
    assert desk.night.run("commitments")["commitments"] == {"created": 2, "failed": 1}
    [left] = desk.night.open("commitments")
    assert left.number == "SC-002" and "the origin_id could not be written" in left.reason
    assert len(desk.orders()) == 3
    assert sum(1 for row in _sources(desk, "commitments") if row["origin_id"]) == 2
    desk.stage.fault()
    settles(desk)


@pytest.mark.feature("PRC-API-37")
def test_an_id_that_procore_refuses_twice_is_told_and_holds_nothing_up_for_ever(desk: Desk) -> None:
    desk.stage.fault(
        Fault(system="procore", method="PATCH", path="work_order_contracts", kind="status", status=422, times=99)
    )
    assert desk.night.run("commitments")["commitments"] == {"failed": 3}
    desk.night.later(hours=1)
    desk.night.run("commitments")
    assert "the origin_id could not be written" in desk.night.told("commitments")["SC-002"]
    assert [one for one in desk.night.rows(intent) if one.state == "open"] == []
    assert desk.night.open("commitments") == []
    before = desk.night.stage.requests("procore", "PATCH")
    desk.night.later(hours=1)
    desk.night.run("commitments")
    assert desk.night.stage.requests("procore", "PATCH") == before


@pytest.mark.feature("PRC-API-24")
def test_what_has_changed_while_its_id_was_owed_is_carried_over_in_the_run_that_writes_the_id(desk: Desk) -> None:
    desk.stage.fault(Fault(system="procore", method="PATCH", path="work_order_contracts", kind="partial_batch"))
    desk.night.run("commitments")
    [owed] = [row for row in _sources(desk, "commitments") if not row["origin_id"]]
    desk.edit(owed, title="Roof")
    desk.stage.fault()
    desk.night.later(hours=1)
    desk.night.run("commitments")
    assert desk.order("SC-002")["Reference"] == "Roof"
    settles(desk)


@pytest.mark.feature("XER-43")
def test_a_change_that_was_cut_off_is_unknown_until_it_is_looked_up_and_then_sent_afresh(desk: Desk) -> None:
    desk.night.run("commitments")
    [first, *_] = _sources(desk, "commitments")
    desk.edit(first, title="Roof")
    run = desk.night.flow_run("commitments", "the next", ("commitments",), at_point=dies_at("intent_open"))
    mapped = map_records(run, extract(run))
    with pytest.raises(Died):
        load(run, mapped, validate(run, mapped))
    again = desk.night.flow_run("commitments", "the next", ("commitments",))
    assert load(again, mapped, validate(again, mapped))["counts"]["unknown"] == 1
    assert [one.outcome for one in desk.night.open("commitments")] == ["unknown"]
    desk.night.later(hours=1)
    desk.night.run("commitments")
    assert desk.order(first["number"])["Reference"] == "Roof"
    settles(desk)


@pytest.mark.feature("ACC-11", "ACC-17")
def test_yesterdays_database_restored_posts_no_document_again(sqlite_url: str, night: Night, tmp_path: Path) -> None:
    desk = desk_of(night)
    file, backup = Path(sqlite_url.removeprefix("sqlite:///")), tmp_path / "backup.db"
    night.engine.dispose()
    shutil.copy(file, backup)
    night.later(days=1)
    signed(desk)
    night.run(*FLOWS)
    night.engine.dispose()
    for one in file.parent.glob(f"{file.name}*"):
        one.unlink()
    shutil.copy(backup, file)
    night.later(days=1)
    assert [len(night.links(flow)) for flow in FLOWS] == [0, 0, 0]
    settles(desk)


@pytest.mark.feature("ACC-12")
def test_a_lost_answer_of_a_change_order_s_own_order_makes_no_second_one(desk: Desk) -> None:
    until(desk, "change_orders")
    desk.night.set(change_order_on_billed_order="new_order")
    for number in ("SC-001", "SC-002", "SC-003"):
        desk.mark_billed(number)
    desk.night.later(hours=1)
    lose(desk, "PurchaseOrders")
    desk.night.run("change_orders")
    desk.stage.fault()
    desk.night.later(hours=1)
    assert desk.night.run("change_orders")["change_orders"] == {"created": 3}
    assert [one["PurchaseOrderNumber"] for one in desk.orders()][1::2] == [
        *("SC-001-CO1", "SC-002-CO1", "SC-003-CO1"),
    ]
    before = desk.night.writes()
    desk.tonight(*CONTRACTS)
    assert desk.night.writes() == before


@pytest.mark.feature("ACC-11")
def test_a_lost_answer_of_an_order_is_settled_by_reading_it_also_where_a_line_was_added_since(desk: Desk) -> None:
    lose(desk, "PurchaseOrders")
    assert desk.night.run("commitments")["commitments"] == {"unknown": 3}
    desk.stage.fault()
    order = desk.order("SC-002")
    desk.change("purchase_orders", order, LineItems=[*order["LineItems"], desk.cost("9.00", Description="Freight")])
    desk.night.later(hours=1)
    sent = len(posted(desk))
    assert desk.night.run("commitments")["commitments"] == {"created": 3}
    assert len(posted(desk)) == sent
    assert desk.night.links("commitments").keys() == {str(row["id"]) for row in _sources(desk, "commitments")}
    assert lines(desk.order("SC-002"))[2:] == [("Freight", "9.00")]


@pytest.mark.feature("ACC-11")
def test_a_lost_answer_of_change_order_lines_is_settled_by_reading_the_order(desk: Desk) -> None:
    until(desk, "change_orders")
    lose(desk, "PurchaseOrders")
    assert desk.night.run("change_orders")["change_orders"] == {"unknown": 3}
    desk.stage.fault()
    desk.night.later(hours=1)
    sent = len(posted(desk))
    assert desk.night.run("change_orders")["change_orders"] == {"created": 3}
    assert len(posted(desk)) == sent
    settles(desk)


@pytest.mark.feature("ACC-17")
def test_a_bill_whose_answer_was_lost_is_found_by_its_mark_also_where_it_was_edited_since(desk: Desk) -> None:
    until(desk, "invoices")
    lose(desk, "Invoices")
    assert desk.night.run("invoices")["invoices"] == {"unknown": 3}
    desk.stage.fault()
    first, *_ = desk.bills()
    desk.change("invoices", first, InvoiceNumber="typed over", Date="2026-03-29")
    desk.night.later(hours=1)
    desk.night.run("invoices")
    assert len(desk.bills()) == len(desk.night.links("invoices")) == 3


@pytest.mark.feature("ACC-30")
@pytest.mark.parametrize("kind", ["drop_after_commit", "drop_before_commit"])
def test_a_lost_answer_of_a_removal_takes_away_nothing_else(desk: Desk, kind: Kind) -> None:
    desk.night.run(*FLOWS)
    contract, *_ = _sources(desk, "commitments")
    desk.edit(contract, status="Void")
    lose(desk, "PurchaseOrders", kind)
    desk.night.run("commitments")
    desk.stage.fault()
    desk.night.later(hours=1)
    desk.night.run("commitments")
    desk.night.later(hours=1)
    desk.night.run("commitments")
    assert [one["PurchaseOrderNumber"] for one in desk.orders()] == ["SC-002", "SC-003"]
    assert desk.night.open("commitments") == []
    assert desk.quiet()


def lose(desk: Desk, path: str, kind: Kind = "drop_after_commit") -> None:
    methods = ("PUT", "POST")
    desk.stage.fault(*(Fault(system="xero", method=one, path=path, kind=kind) for one in methods))


def posted(desk: Desk) -> list[object]:
    """What was sent to the orders and bills of the books."""
    sent = [*desk.stage.requests("xero", "PUT"), *desk.stage.requests("xero", "POST")]
    return [one for one in sent if "/api.xro/" in one.path]
