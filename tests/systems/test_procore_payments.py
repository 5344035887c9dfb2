"""Payments issued: what was paid in the books, entered on Procore's commitments."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from jobledger.errors import RetryLater
from jobledger.systems.base import Window, Write, WriteResult
from jobledger.systems.procore.entities import ENTITIES
from jobledger.systems.procore.system import Procore
from sandbox.faults import Fault
from tests.systems.site import Site
from tests.systems.stage import Stage

Step = tuple[str, str, str]


@pytest.fixture
def site(stage: Stage) -> Site:
    return Site(stage)


@pytest.fixture
def system(stage: Stage) -> Procore:
    return stage.procore()


@pytest.fixture
def contract(site: Site) -> dict[str, Any]:
    return site.subcontract()


def document(contract: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "project_id": contract["project_id"],
        "contract_id": contract["id"],
        "amount": Decimal("450.00"),
        "date": "2026-03-01",
        "invoice_number": "RA-7",
        "notes": "Wire 1203",
        "origin_id": "xero:payment:p1",
        **more,
    }


def create(contract: dict[str, Any], **more: Any) -> Write:
    return Write("p1", "create", document(contract, **more), mark="xero-p1")


def send(system: Procore, *writes: Write, steps: list[Step] | None = None) -> list[WriteResult]:
    noted = steps if steps is not None else []
    return system.write("payments", writes, "k", lambda key, step, target: noted.append((key, step, target)))


def made(system: Procore, contract: dict[str, Any]) -> str:
    [result] = send(system, create(contract))
    assert result.status == "done", result.message
    return str(result.target_id)


def payments(stage: Stage) -> list[dict[str, Any]]:
    return stage.records("procore.contract_payments")


def writes(stage: Stage) -> list[str]:
    made = [one for one in stage.requests("procore") if one.path.startswith("/rest/v1.0/contract_payments")]
    return [one.method for one in made if one.method != "GET"]


@pytest.mark.feature("PRC-API-7", "PRC-API-35")
def test_a_payment_is_made_with_our_mark_and_locked_last(
    stage: Stage, site: Site, system: Procore, contract: dict[str, Any]
) -> None:
    invoice = site.invoice(contract, 1)
    steps: list[Step] = []
    [result] = send(system, create(contract, requisition_id=invoice["id"]), steps=steps)
    [row] = payments(stage)
    assert (result.status, result.target_id) == ("done", str(row["id"]))
    assert [step for _, step, _ in steps] == ["created", "locked"]
    assert writes(stage) == ["POST", "PATCH"]
    kept = {name: row[name] for name in ("amount", "date", "invoice_number", "notes", "origin_id", "origin_data")}
    assert kept == {
        "amount": "450.00",
        "date": "2026-03-01",
        "invoice_number": "RA-7",
        "notes": "Wire 1203",
        "origin_id": "xero:payment:p1",
        "origin_data": "xero-p1",
    }
    assert row["requisition_id"] == invoice["id"]
    assert (row["contract_id"], row["project_id"]) == (contract["id"], site.project)


def test_ids_may_come_as_text_and_the_record_is_as_a_read_shows_it(
    stage: Stage, system: Procore, contract: dict[str, Any]
) -> None:
    texts = {name: str(contract[field]) for name, field in (("project_id", "project_id"), ("contract_id", "id"))}
    [result] = send(system, create(contract, **texts))
    [row] = system.find("payments", "xero-p1", texts)
    assert result.record == row
    assert (row["project_id"], row["contract_id"]) == (contract["project_id"], contract["id"])


def test_payments_of_all_commitments_are_read_in_two_calls_a_project(
    stage: Stage, site: Site, system: Procore, contract: dict[str, Any]
) -> None:
    target = made(system, contract)
    [other] = site.seed(
        "purchase_order_contracts",
        {"project_id": site.project, "number": "PO-1", "title": "Pipe", "status": "Approved"},
    )
    site.seed("contract_payments", {"contract_id": other["id"], "amount": "5.00", "date": "2026-02-01"})
    before = len(stage.requests("procore", "GET"))
    rows = [row for page in system.read("payments", Window()) for row in page.rows]
    assert len(stage.requests("procore", "GET")) - before == 1 + 2
    assert [(row["contract_id"], row["amount"]) for row in rows] == [
        (contract["id"], Decimal("450.00")),
        (other["id"], Decimal("5.00")),
    ]
    card = ENTITIES["payments"].card(rows[0])
    assert (card.id, card.name, card.number, card.mark) == (target, "payment 2026-03-01", "RA-7", "xero-p1")
    assert (card.evidence["amount"], card.evidence["commitment"]) == ("450.00", str(contract["id"]))
    [line] = (ENTITIES["payments"].ledger or (lambda _: []))(rows[0])
    assert (line.measure, line.amount, line.parent) == ("paid", Decimal("450.00"), str(contract["id"]))
    assert line.dated == date(2026, 3, 1)


def test_a_payment_is_found_by_its_mark_among_its_commitments_payments(
    stage: Stage, system: Procore, contract: dict[str, Any]
) -> None:
    target = made(system, contract)
    place = {"project_id": contract["project_id"], "contract_id": contract["id"]}
    before = len(stage.requests("procore", "GET"))
    [row] = system.find("payments", "xero-p1", place)
    assert len(stage.requests("procore", "GET")) - before == 1
    assert (str(row["id"]), row["amount"]) == (target, Decimal("450.00"))
    assert [str(one["id"]) for one in system.find("payments", None, {**place, "date": "2026-03-01"})] == [target]
    assert [str(one["id"]) for one in system.find("payments", "xero-p1", {})] == [target]
    assert system.find("payments", "xero-p2", place) == []
    assert [str(one["id"]) for one in system.fetch("payments", [target, "4711"])] == [target]


@pytest.mark.feature("ACC-27", "PRC-API-35")
@pytest.mark.parametrize("whole", [True, False], ids=["the whole document", "what changed only"])
def test_a_locked_payment_is_opened_changed_and_locked_again(
    stage: Stage, system: Procore, contract: dict[str, Any], whole: bool
) -> None:
    target = made(system, contract)
    change = document(contract, amount=Decimal("400.00")) if whole else {"amount": Decimal("400.00")}
    steps: list[Step] = []
    [result] = send(system, Write("p1", "update", change, target), steps=steps)
    assert (result.status, [step for _, step, _ in steps]) == ("done", ["unlocked", "changed", "locked"])
    [row] = payments(stage)
    assert (row["amount"], row["origin_id"], row["origin_data"]) == ("400.00", "xero:payment:p1", "xero-p1")
    assert result.record is not None
    assert result.record["amount"] == Decimal("400.00")


def test_a_payment_that_is_as_it_should_be_is_not_written(
    stage: Stage, system: Procore, contract: dict[str, Any]
) -> None:
    target = made(system, contract)
    before = writes(stage)
    [result] = send(system, Write("p1", "update", document(contract), target))
    assert (result.status, writes(stage)) == ("done", before)


@pytest.mark.feature("ACC-27")
def test_a_locked_payment_is_removed_in_steps_and_one_that_is_gone_is_done(
    stage: Stage, system: Procore, contract: dict[str, Any]
) -> None:
    target = made(system, contract)
    steps: list[Step] = []
    removal = Write("p1", "remove", {}, target)
    [result] = send(system, removal, steps=steps)
    assert (result.status, [step for _, step, _ in steps]) == ("done", ["unlocked", "removed"])
    assert payments(stage) == []
    assert [one.status for one in send(system, removal)] == ["done"]
    [change] = send(system, Write("p1", "update", document(contract), target))
    assert (change.status, change.outcome) == ("refused", "conflict")


class Died(Exception):
    """The process ends here."""


@pytest.mark.parametrize("at", ["created", "locked"])
def test_a_create_that_was_interrupted_is_finished(
    stage: Stage, system: Procore, contract: dict[str, Any], at: str
) -> None:
    def die(key: str, step: str, target: str) -> None:
        if step == at:
            raise Died

    with pytest.raises(Died):
        system.write("payments", [create(contract)], "k", die)
    [begun] = payments(stage)
    finish = Write("p1", "create", document(contract), str(begun["id"]), "xero-p1")
    [result] = send(system, finish)
    assert result.status == "done"
    assert [row["origin_id"] for row in payments(stage)] == ["xero:payment:p1"]
    assert writes(stage) == ["POST", "PATCH"]


@pytest.mark.feature("ACC-27")
@pytest.mark.parametrize("at", ["unlocked", "changed", "locked"])
def test_a_change_that_was_interrupted_is_finished_and_the_payment_locked_again(
    stage: Stage, system: Procore, contract: dict[str, Any], at: str
) -> None:
    target = made(system, contract)
    write = Write("p1", "update", {"amount": Decimal("400.00")}, target)

    def die(key: str, step: str, target: str) -> None:
        if step == at:
            raise Died

    with pytest.raises(Died):
        system.write("payments", [write], "k", die)
    assert [row["origin_data"] for row in system.fetch("payments", [target])] == ["xero-p1"]
    [result] = send(system, write)
    assert result.status == "done"
    [row] = payments(stage)
    assert (row["amount"], row["origin_id"], row["origin_data"]) == ("400.00", "xero:payment:p1", "xero-p1")


@pytest.mark.parametrize("kind", ["drop_after_commit", "drop_before_commit"])
def test_a_lost_answer_makes_no_second_payment(
    stage: Stage, system: Procore, contract: dict[str, Any], kind: Any
) -> None:
    stage.fault(Fault(kind=kind, method="POST", path="contract_payments", times=1))
    write = create(contract)
    [result] = send(system, write)
    assert (result.status, result.target_id) == ("unknown", None)
    found = system.find("payments", "xero-p1", {})
    again = [Write("p1", "create", write.document, str(row["id"]), "xero-p1") for row in found] or [write]
    [result] = send(system, *again)
    assert result.status == "done"
    assert [row["origin_id"] for row in payments(stage)] == ["xero:payment:p1"]


def test_what_is_put_off_after_it_was_made_is_unknown_with_its_id(
    stage: Stage, system: Procore, contract: dict[str, Any]
) -> None:
    stage.fault(Fault(kind="status", status=429, retry_after=4000, method="PATCH", path="contract_payments"))
    [result] = send(system, create(contract))
    assert (result.status, result.target_id) == ("unknown", str(payments(stage)[0]["id"]))
    stage.fault(Fault(kind="status", status=429, retry_after=4000, method="POST", path="contract_payments"))
    with pytest.raises(RetryLater):
        send(system, create(contract, origin_id="xero:payment:p2"))


@pytest.mark.feature("PRC-API-9")
def test_an_origin_id_that_another_payment_has_is_a_conflict(
    stage: Stage, system: Procore, contract: dict[str, Any]
) -> None:
    made(system, contract)
    [result] = send(system, Write("p2", "create", document(contract), mark="xero-p2"))
    assert (result.status, result.outcome) == ("refused", "conflict")
    assert result.target_id is None
    assert len(payments(stage)) == 1


@pytest.mark.feature("PRC-API-11")
@pytest.mark.parametrize("action", ["update", "remove"])
def test_another_integrations_payment_is_never_touched(
    stage: Stage, site: Site, system: Procore, contract: dict[str, Any], action: Any
) -> None:
    theirs = {"contract_id": contract["id"], "amount": "5.00", "date": "2026-02-01", "origin_id": "sage-9"}
    [row] = site.seed("contract_payments", theirs)
    [result] = send(system, Write("p1", action, document(contract), str(row["id"])))
    assert (result.status, result.outcome) == ("refused", "conflict")
    assert "sage-9" in result.message
    assert writes(stage) == []


def test_a_change_that_procore_refuses_leaves_the_payment_locked(
    stage: Stage, system: Procore, contract: dict[str, Any]
) -> None:
    target = made(system, contract)
    [result] = send(system, Write("p1", "update", document(contract, date="soon"), target))
    assert (result.status, result.outcome, result.target_id) == ("refused", "invalid", target)
    [row] = payments(stage)
    assert (row["origin_id"], row["origin_data"]) == ("xero:payment:p1", "xero-p1")


def test_a_project_whose_tool_is_off_is_blocked_and_the_others_go_on(
    stage: Stage, site: Site, system: Procore, contract: dict[str, Any]
) -> None:
    mall = site.new_project("Mall")
    site.codes["mall"] = site.wbs(site.walls, "S", mall)
    other = site.subcontract(site.line("mall", "5.00"), project_id=mall)
    site.seed("projects", {"id": mall, "disabled_tools": ["commitments"]})
    blocked, done = send(
        system,
        Write("p2", "create", document(other, origin_id="xero:payment:p2"), mark="xero-p2"),
        create(contract),
    )
    assert (blocked.status, blocked.outcome, done.status) == ("refused", "blocked", "done")
    assert "Commitments" in blocked.message


@pytest.mark.feature("PRC-API-37")
def test_where_procore_does_not_unlock_it_is_a_conflict_with_the_amounts(
    stage: Stage, system: Procore, contract: dict[str, Any]
) -> None:
    target = made(system, contract)
    stage.fault(Fault(kind="status", status=422, method="PATCH", path="contract_payments"))
    [result] = send(system, Write("p1", "update", document(contract, amount=Decimal("1400.00")), target))
    assert (result.status, result.outcome) == ("refused", "conflict")
    assert result.message.startswith("The payment over 450.00 is locked and should be 1,400.00.")
    [removal] = send(system, Write("p1", "remove", document(contract), target))
    assert removal.message.startswith("The payment over 450.00 is locked and should be taken away.")
    assert len(payments(stage)) == 1
