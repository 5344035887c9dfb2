"""Direct costs: what was spent, brought from the books into Procore."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from jobledger.errors import RetryLater
from jobledger.systems.base import Window, Write, WriteResult
from jobledger.systems.procore.cost_job import Job
from jobledger.systems.procore.entities import ENTITIES
from jobledger.systems.procore.system import Procore
from sandbox.faults import Fault
from tests.systems.site import Site
from tests.systems.stage import Stage

CARD = ENTITIES["direct_costs"].card
Step = tuple[str, str, str]


@pytest.fixture
def site(stage: Stage) -> Site:
    return Site(stage)


@pytest.fixture
def system(stage: Stage) -> Procore:
    return stage.procore()


def line(code: str, amount: str, quantity: str = "1", unit_cost: str | None = None, **more: Any) -> dict[str, Any]:
    units = {"quantity": Decimal(quantity), "unit_cost": Decimal(unit_cost or amount)}
    return {"budget_code": code, "description": "Conduit", **units, "amount": Decimal(amount), **more}


def document(site: Site, number: int | str, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "project_id": site.project,
        "direct_cost_type": "invoice",
        "vendor_id": site.vendor["id"],
        "invoice_number": f"INV-{number}",
        "direct_cost_date": "2026-02-01",
        "received_date": "2026-02-03",
        "status": "approved",
        "description": f"Bill {number}",
        "origin_id": f"xero:cost:bill:{number}",
        "line_items": list(lines) or [line("03-300.S", "76.25")],
        **more,
    }


def create(site: Site, number: int | str, *lines: dict[str, Any], **more: Any) -> Write:
    return Write(f"bill:{number}", "create", document(site, number, *lines, **more), mark=f"xero-bill:{number}")


def send(system: Procore, *writes: Write, steps: list[Step] | None = None) -> list[WriteResult]:
    noted = steps if steps is not None else []
    return system.write("direct_costs", writes, "k", lambda key, step, target: noted.append((key, step, target)))


def made(system: Procore, site: Site, number: int = 1, *lines: dict[str, Any], **more: Any) -> WriteResult:
    [result] = send(system, create(site, number, *lines, **more))
    assert result.status == "done", result.message
    return result


def costs(stage: Stage) -> list[dict[str, Any]]:
    return stage.records("procore.direct_costs")


def lines_of(stage: Stage) -> list[tuple[str, str, str, str]]:
    rows = stage.records("procore.direct_cost_line_items")
    return [(row["description"], row["quantity"], row["unit_cost"], row["amount"]) for row in rows]


def patches(stage: Stage) -> list[str]:
    return [one.path.rpartition("direct_costs/")[2] for one in stage.requests("procore") if one.method == "PATCH"]


@pytest.mark.feature("PRC-API-7", "PRC-API-15")
def test_any_number_of_costs_of_a_project_takes_three_writes(stage: Stage, site: Site, system: Procore) -> None:
    lines = line("03-300.S", "76.25"), line("03-310.M", "40.00", "8", "5")
    steps: list[Step] = []
    results = send(system, *(create(site, number, *lines) for number in range(300)), steps=steps)
    assert {result.status for result in results} == {"done"}
    assert [result.key for result in results] == [f"bill:{number}" for number in range(300)]
    assert patches(stage) == ["sync", "line_items/sync", "sync"]
    first = costs(stage)[0]
    assert (first["status"], first["origin_id"], first["origin_data"]) == (
        "approved",
        "xero:cost:bill:0",
        "xero-bill:0",
    )
    assert lines_of(stage)[:2] == [("Conduit", "1", "76.25", "76.25"), ("Conduit", "8", "5", "40.00")]
    assert [step for key, step, target in steps if key == "bill:7"] == ["header", "lines", "locked"]
    assert len(lines_of(stage)) == 600


def test_the_record_of_a_new_cost_is_as_a_read_shows_it(stage: Stage, site: Site, system: Procore) -> None:
    texts = {"project_id": str(site.project), "vendor_id": str(site.vendor["id"])}
    result = made(system, site, 1, line("03-300.S", "76.25"), line("03-310.M", "40.00", "8", "5"), **texts)
    [[row]] = [page.rows for page in system.read("direct_costs", Window()) if page.rows]
    assert result.record == row
    assert row["amount"] == Decimal("116.25")
    assert [one["budget_code"] for one in row["line_items"]] == ["03-300.S", "03-310.M"]
    card = CARD(row)
    assert (card.id, card.name, card.number, card.mark) == (result.target_id, "Bill 1", "INV-1", "xero-bill:1")
    assert (card.version, result.version) == (row["updated_at"], row["updated_at"])
    assert (card.evidence["amount"], card.evidence["project"]) == ("116.25", str(site.project))


def test_lines_that_multiply_are_calculated_and_the_others_are_not(stage: Stage, site: Site, system: Procore) -> None:
    made(system, site, 1, line("03-300.S", "392.19", "12.5", "31.375"), line("03-300.S", "400.00", "3", "133.33"))
    kinds = [row["extended_type"] for row in stage.records("procore.direct_cost_line_items")]
    assert kinds == ["calculated", "manual"]
    assert [row[3] for row in lines_of(stage)] == ["392.19", "400.00"]


@pytest.mark.feature("ACC-23")
def test_a_budget_code_that_the_project_lacks_is_made_first(stage: Stage, site: Site, system: Procore) -> None:
    made(system, site, 1, line("03-320.L", "10.00"))
    made(system, site, 2, line("03-300.M", "11.00"))
    flat = {row["id"]: row["flat_code"] for row in stage.records("procore.wbs_codes")}
    used = [flat[row["wbs_code_id"]] for row in stage.records("procore.direct_cost_line_items")]
    assert used == ["03-320.L", "03-300.M"]


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("09-900.S", "the company has no cost code '09-900'"),
        ("03-300.X", "the company has no cost type 'X'"),
        ("03.S", "it is a division, or it is inactive"),
    ],
)
def test_a_code_that_cannot_be_had_blocks_its_own_cost_only(
    stage: Stage, site: Site, system: Procore, code: str, why: str
) -> None:
    blocked, other = send(system, create(site, 1, line(code, "10.00")), create(site, 2))
    assert (blocked.status, blocked.outcome, blocked.target_id) == ("refused", "blocked", None)
    assert why in blocked.message
    assert other.status == "done"
    assert [row["invoice_number"] for row in costs(stage)] == ["INV-2"]


@pytest.mark.feature("ACC-23")
def test_an_invoice_number_that_is_taken_gets_the_vendors_name(stage: Stage, site: Site, system: Procore) -> None:
    [other] = site.seed("vendors", {"name": "Baker"})
    made(system, site, 1)
    [result, third] = send(system, create(site, 2, invoice_number="INV-1", vendor_id=other["id"]), create(site, 3))
    assert (result.status, third.status) == ("done", "done")
    assert result.message == "Invoice number INV-1 is taken: it is sent as 'INV-1 (Baker)'."
    assert sorted(row["invoice_number"] for row in costs(stage)) == ["INV-1", "INV-1 (Baker)", "INV-3"]
    again = Write("bill:2", "update", {"invoice_number": "INV-1", "description": "New"}, result.target_id)
    [changed] = send(system, again)
    assert (changed.status, changed.message) == ("done", "")
    assert ("INV-1 (Baker)", "New") in [(row["invoice_number"], row["description"]) for row in costs(stage)]


def test_a_number_taken_twice_over_is_a_conflict(stage: Stage, site: Site, system: Procore) -> None:
    made(system, site, 1)
    made(system, site, 2, invoice_number="INV-1")
    [result] = send(system, create(site, 3, invoice_number="INV-1"))
    assert (result.status, result.outcome, result.target_id) == ("refused", "conflict", None)
    assert len(costs(stage)) == 2


def test_a_cost_of_which_a_line_is_refused_leaves_nothing_behind(stage: Stage, site: Site, system: Procore) -> None:
    bad = create(site, 1, line("03-300.S", "10.00"), line("03-310.M", "1.00", description="x" * 10_001))
    [refused, other] = send(system, bad, create(site, 2))
    assert (refused.status, refused.outcome, refused.target_id) == ("refused", "invalid", None)
    assert other.status == "done"
    assert [row["invoice_number"] for row in costs(stage)] == ["INV-2"]


STEPS = ["header", "lines", "locked"]


class Died(Exception):
    """The process ends here."""


@pytest.mark.parametrize("at", range(3))
def test_a_create_that_was_interrupted_is_finished_and_nothing_is_sent_twice(
    stage: Stage, site: Site, system: Procore, at: int
) -> None:
    write = create(site, 1, line("03-300.S", "76.25"), line("03-300.S", "76.25"), line("03-310.M", "40.00", "8", "5"))
    steps: list[Step] = []

    def die(key: str, step: str, target: str) -> None:
        steps.append((key, step, target))
        if step == STEPS[at]:
            raise Died

    with pytest.raises(Died):
        system.write("direct_costs", [write], "k", die)
    assert [step for _, step, _ in steps] == STEPS[: at + 1]
    [found] = system.find("direct_costs", "xero-bill:1", {"project_id": site.project, "invoice_number": "INV-1"})
    before = len(patches(stage))
    finish = Write(write.key, "create", write.document, str(found["id"]), write.mark)
    [result] = send(system, finish)
    assert (result.status, result.target_id) == ("done", str(found["id"]))
    assert len(patches(stage)) - before == 2 - at
    [row] = costs(stage)
    assert (row["status"], row["origin_id"]) == ("approved", "xero:cost:bill:1")
    assert [one[3] for one in lines_of(stage)] == ["76.25", "76.25", "40.00"]
    assert result.record == system.fetch("direct_costs", [str(found["id"])])[0]


def test_of_two_equal_lines_the_one_that_is_missing_is_sent(stage: Stage, site: Site, system: Procore) -> None:
    stage.fault(Fault(kind="drop_before_commit", method="PATCH", path="line_items/sync", times=1))
    write = create(site, 1, line("03-300.S", "5.00"), line("03-300.S", "5.00"), line("03-300.S", "5.00"))
    [begun] = send(system, write)
    sent = site.line("03-300.S", "5.00", "Conduit", quantity="1", unit_cost="5.00")
    site.seed("direct_cost_line_items", {"direct_cost_id": int(begun.target_id or 0), **sent})
    [result] = send(system, Write(write.key, "create", write.document, begun.target_id, write.mark))
    assert result.status == "done"
    assert [one[3] for one in lines_of(stage)] == ["5.00", "5.00", "5.00"]


@pytest.mark.parametrize("after", range(3))
@pytest.mark.parametrize("kind", ["drop_after_commit", "drop_before_commit"])
def test_a_lost_answer_makes_no_second_cost_and_no_second_line(
    stage: Stage, site: Site, system: Procore, kind: Any, after: int
) -> None:
    stage.fault(Fault(kind=kind, method="PATCH", path="direct_costs", after=after, times=1))
    write = create(site, 1, line("03-300.S", "76.25"), line("03-310.M", "40.00"))
    [result] = send(system, write)
    found = system.find("direct_costs", "xero-bill:1", {"project_id": site.project})
    if after < 2:  # the last request names its record by id and is simply repeated
        assert result.status == "unknown"
        assert [result.target_id] == ([str(found[0]["id"])] if after else [None])
        again = [Write(write.key, "create", write.document, str(row["id"]), write.mark) for row in found] or [write]
        [result] = send(system, *again)
    assert result.status == "done"
    [row] = costs(stage)
    assert row["origin_id"] == "xero:cost:bill:1"
    assert [one[3] for one in lines_of(stage)] == ["76.25", "40.00"]


def test_what_is_put_off_after_others_were_accepted_is_unknown_and_what_never_began_is_raised(
    stage: Stage, site: Site, system: Procore
) -> None:
    stage.fault(Fault(kind="status", status=429, retry_after=4000, method="PATCH", path="direct_costs", after=1))
    [result] = send(system, create(site, 1))
    assert (result.status, result.target_id) == ("unknown", str(costs(stage)[0]["id"]))
    stage.fault(Fault(kind="status", status=429, retry_after=4000, method="PATCH", path="direct_costs"))
    with pytest.raises(RetryLater):
        send(system, create(site, 2))


@pytest.mark.feature("PRC-API-25", "ACC-27")
def test_a_locked_cost_is_opened_changed_and_locked_again(stage: Stage, site: Site, system: Procore) -> None:
    first = made(system, site, 1, line("03-300.S", "76.25"), line("03-310.M", "40.00"))
    kept, gone = [str(one["id"]) for one in (first.record or {})["line_items"]]
    lines = [line("03-300.S", "80.00", id=kept), line("03-310.M", "5.00")]
    change = {"description": "Corrected", "line_items": lines}
    steps: list[Step] = []
    [result] = send(system, Write("bill:1", "update", change, first.target_id, replaces=(kept, gone)), steps=steps)
    assert (result.status, result.message) == ("done", "")
    assert [step for _, step, _ in steps] == ["unlocked", "changed", "locked"]
    [row] = costs(stage)
    assert (row["description"], row["origin_id"], row["origin_data"]) == (
        "Corrected",
        "xero:cost:bill:1",
        "xero-bill:1",
    )
    assert [one[3] for one in lines_of(stage)] == ["80.00", "5.00"]
    assert str(stage.records("procore.direct_cost_line_items")[0]["id"]) == kept
    assert result.record == system.fetch("direct_costs", [str(first.target_id)])[0]
    assert result.version == row["updated_at"]


def test_a_status_alone_is_changed_behind_the_lock_too(stage: Stage, site: Site, system: Procore) -> None:
    first = made(system, site, 1, status="pending")
    [result] = send(system, Write("bill:1", "update", {"status": "approved"}, first.target_id))
    assert (result.status, result.message) == ("done", "")
    [row] = costs(stage)
    assert (row["status"], row["origin_id"], row["origin_data"]) == ("approved", "xero:cost:bill:1", "xero-bill:1")


def test_lines_of_a_person_stay_where_they_are(stage: Stage, site: Site, system: Procore) -> None:
    first = made(system, site, 1, origin_id=None)
    theirs = {"direct_cost_id": int(first.target_id or 0), **site.line("03-310.M", "7.00", "By hand")}
    site.seed("direct_cost_line_items", theirs)
    [own] = (first.record or {})["line_items"]
    change = {"line_items": [line("03-300.S", "80.00", id=own["id"])]}
    [result] = send(system, Write("bill:1", "update", change, first.target_id, replaces=(str(own["id"]),)))
    assert result.status == "done"
    assert sorted(one[3] for one in lines_of(stage)) == ["7.00", "80.00"]


def test_a_cost_that_is_as_it_should_be_is_not_written(stage: Stage, site: Site, system: Procore) -> None:
    first = made(system, site, 1)
    calls = len(patches(stage))
    [result] = send(system, Write("bill:1", "update", document(site, 1), first.target_id))
    assert (result.status, len(patches(stage))) == ("done", calls)


@pytest.mark.parametrize("at", ["unlocked", "changed", "locked"])
@pytest.mark.feature("ACC-27")
def test_a_change_that_was_interrupted_is_finished_and_the_cost_locked_again(
    stage: Stage, site: Site, system: Procore, at: str
) -> None:
    first = made(system, site, 1)
    [own] = (first.record or {})["line_items"]
    change = {"line_items": [line("03-300.S", "80.00", id=own["id"]), line("03-310.M", "5.00")]}
    write = Write("bill:1", "update", change, first.target_id, replaces=(str(own["id"]),))

    def die(key: str, step: str, target: str) -> None:
        if step == at:
            raise Died

    with pytest.raises(Died):
        system.write("direct_costs", [write], "k", die)
    assert [CARD(row).mark for row in system.fetch("direct_costs", [str(first.target_id)])] == ["xero-bill:1"]
    [result] = send(system, write)
    assert result.status == "done"
    [row] = costs(stage)
    assert (row["origin_id"], row["origin_data"]) == ("xero:cost:bill:1", "xero-bill:1")
    assert [one[3] for one in lines_of(stage)] == ["80.00", "5.00"]


def test_a_change_that_procore_refuses_leaves_the_cost_locked_as_it_was(
    stage: Stage, site: Site, system: Procore
) -> None:
    first = made(system, site, 1)
    [result] = send(system, Write("bill:1", "update", {"vendor_id": 1}, first.target_id))
    assert (result.status, result.outcome, result.target_id) == ("refused", "conflict", first.target_id)
    [row] = costs(stage)
    assert (row["origin_id"], row["origin_data"]) == ("xero:cost:bill:1", "xero-bill:1")
    assert row["vendor_id"] == site.vendor["id"]


@pytest.mark.feature("PRC-API-25", "PRC-API-37", "ACC-27")
@pytest.mark.parametrize("action", ["update", "remove"])
def test_where_procore_does_not_unlock_it_is_a_conflict_with_the_amounts(
    stage: Stage, site: Site, system: Procore, action: Any
) -> None:
    first = made(system, site, 1)
    site.seed("settings", {"id": "locks", "unlocking": "refused"})
    change = {} if action == "remove" else {"line_items": [line("03-300.S", "1250.00")]}
    [own] = (first.record or {})["line_items"]
    [result] = send(system, Write("bill:1", action, change, first.target_id, replaces=(str(own["id"]),)))
    assert (result.status, result.outcome) == ("refused", "conflict")
    should = "taken away" if action == "remove" else "1,250.00"
    assert result.message.startswith(f"The direct cost over 76.25 is locked and should be {should}.")
    assert "unlock the direct cost" in result.remedy
    assert [one[3] for one in lines_of(stage)] == ["76.25"]


@pytest.mark.feature("ACC-27")
def test_a_locked_cost_is_removed_in_steps_and_one_that_is_gone_is_done(
    stage: Stage, site: Site, system: Procore
) -> None:
    first = made(system, site, 1)
    steps: list[Step] = []
    removal = Write("bill:1", "remove", {}, first.target_id)
    [result] = send(system, removal, steps=steps)
    assert (result.status, [step for _, step, _ in steps]) == ("done", ["unlocked", "removed"])
    assert costs(stage) == [] == lines_of(stage)
    [again] = send(system, removal)
    assert again.status == "done"
    [change] = send(system, Write("bill:1", "update", {"description": "x"}, first.target_id))
    assert (change.status, change.outcome) == ("refused", "conflict")
    assert "no longer in Procore" in change.message


@pytest.mark.feature("PRC-API-11")
@pytest.mark.parametrize("action", ["update", "remove"])
def test_another_integrations_cost_is_never_touched(stage: Stage, site: Site, system: Procore, action: Any) -> None:
    header = {"project_id": site.project, "direct_cost_type": "expense", "origin_id": "sage-9"}
    [theirs] = site.seed("direct_costs", {**header, "line_items": [site.line("03-300.S", "5.00")]})
    [result] = send(system, Write("bill:1", action, {"description": "Ours"}, str(theirs["id"])))
    assert (result.status, result.outcome) == ("refused", "conflict")
    assert "sage-9" in result.message
    assert patches(stage) == []


def test_a_busy_cost_is_tried_again_a_little_and_stops_only_itself(stage: Stage, site: Site, system: Procore) -> None:
    first, second = made(system, site, 1), made(system, site, 2)
    site.seed("settings", {"id": "direct_costs", "busy": [int(first.target_id or 0)]})
    busy, free = send(
        system,
        Write("bill:1", "update", {"description": "New"}, first.target_id),
        Write("bill:2", "update", {"description": "New"}, second.target_id),
    )
    assert (busy.status, busy.outcome, free.status) == ("refused", "failed", "done")
    assert stage.slept == [1.0, 3.0, 6.0]
    assert "next run tries it again" in busy.remedy
    assert [(row["description"], row["origin_id"]) for row in costs(stage)] == [
        ("Bill 1", "xero:cost:bill:1"),
        ("New", "xero:cost:bill:2"),
    ]


def test_a_project_whose_tool_is_off_is_blocked_and_the_others_go_on(stage: Stage, site: Site, system: Procore) -> None:
    closed = site.new_project("Mall", disabled_tools=["direct_costs"])
    [blocked, done] = send(system, create(site, 1, project_id=closed), create(site, 2))
    assert (blocked.status, blocked.outcome, done.status) == ("refused", "blocked", "done")
    assert "Direct Costs" in blocked.message
    assert len(costs(stage)) == 1


@pytest.mark.feature("ACC-29", "PRC-API-38")
def test_a_status_that_a_workflow_holds_is_read_back_and_told(stage: Stage, site: Site, system: Procore) -> None:
    stage.fault(Fault(kind="drop_after_commit", method="PATCH", path="line_items/sync", times=1))
    write = create(site, 1)
    send(system, write)
    [row] = costs(stage)
    site.seed("direct_costs", {"id": row["id"], "workflow": True})
    [result] = send(system, Write(write.key, "create", write.document, str(row["id"]), write.mark))
    assert result.status == "done"
    assert result.message == "Procore leaves the status at 'draft': a workflow of the project decides it."


def test_a_line_that_a_person_added_to_a_draft_of_ours_stays(stage: Stage, site: Site, system: Procore) -> None:
    stage.fault(Fault(kind="drop_after_commit", method="PATCH", path="direct_costs/sync", times=1))
    write = create(site, 1)
    send(system, write)
    [row] = costs(stage)
    site.seed("direct_cost_line_items", {"direct_cost_id": row["id"], **site.line("03-310.M", "7.00", "By hand")})
    [result] = send(system, Write(write.key, "create", write.document, str(row["id"]), write.mark))
    assert result.status == "done"
    assert result.record is not None
    assert result.record["amount"] == Decimal("83.25")


def test_an_amount_that_is_not_that_of_the_lines_is_a_conflict() -> None:
    there = {"id": 1, "amount": Decimal("7.00"), "line_items": [{"id": 1, "amount": Decimal("5.00")}], "updated_at": ""}
    result = Job(Write("bill:1", "create", {}), there).outcome()
    assert (result.status, result.outcome) == ("refused", "conflict")
    assert result.message == "Procore shows 7.00 for lines over 5.00."


@pytest.mark.feature("PRC-API-9")
def test_an_origin_id_that_another_cost_has_is_a_conflict_and_leaves_nothing(
    stage: Stage, site: Site, system: Procore
) -> None:
    made(system, site, 1)
    [result] = send(system, create(site, 2, origin_id="xero:cost:bill:1"))
    assert (result.status, result.outcome, result.target_id) == ("refused", "conflict", None)
    assert "unlink that one first" in result.remedy
    assert [row["invoice_number"] for row in costs(stage)] == ["INV-1"]


def test_only_what_changed_is_read_with_its_lines(stage: Stage, site: Site, system: Procore) -> None:
    made(system, site, 1)
    stage.sandbox.world.clock.advance(timedelta(hours=1))
    since = stage.around.clock()
    stage.sandbox.world.clock.advance(timedelta(hours=1))
    made(system, site, 2, line("03-310.M", "40.00", "8", "5"))
    before = len(stage.requests("procore", "GET"))
    [row] = [row for page in system.read("direct_costs", Window(since=since)) for row in page.rows]
    assert (row["invoice_number"], row["line_items"][0]["amount"]) == ("INV-2", Decimal("40.00"))
    assert len(stage.requests("procore", "GET")) - before == 3  # projects, direct costs, their lines


def test_only_approved_costs_are_in_the_reports(stage: Stage, site: Site, system: Procore) -> None:
    made(system, site, 1)
    made(system, site, 2, status="draft", origin_id=None)
    rows = [row for page in system.read("direct_costs", Window()) for row in page.rows]
    lines = [one for row in rows for one in (ENTITIES["direct_costs"].ledger or (lambda _: []))(row)]
    assert [(one.measure, one.cost_code, one.amount) for one in lines] == [("cost", "03-300.S", Decimal("76.25"))]
    assert lines[0].project == str(site.project)
