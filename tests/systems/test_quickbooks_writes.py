"""Batches to QuickBooks: each record has its own fate, and the same request comes to one record."""

from __future__ import annotations

import json
from typing import Any

import pytest

from jobledger.systems.base import Write, WriteResult
from sandbox.faults import Fault
from tests.systems.stage import Stage

SYSTEM = "quickbooks_online"


@pytest.fixture(autouse=True)
def unlimited(stage: Stage) -> None:
    stage.sandbox.vendors[SYSTEM].quota.set_mode("off")


def create(number: int, name: str | None = None) -> Write:
    return Write(str(number), "create", {"DisplayName": name or f"Vendor {number:02d}"}, mark=f"procore-{number}")


def names(stage: Stage) -> list[str]:
    return sorted(one["DisplayName"] for one in stage.records(f"{SYSTEM}.vendors"))


def sent(stage: Stage, writes: list[Write], key: str = "a key") -> list[WriteResult]:
    return stage.quickbooks().write("contacts", writes, key)


def test_thirty_records_go_in_one_batch_and_each_answer_is_its_own(stage: Stage) -> None:
    results = sent(stage, [create(number) for number in range(30)])
    assert [one.key for one in results] == [str(number) for number in range(30)]
    assert [one.record["DisplayName"] for one in results if one.record] == [
        f"Vendor {number:02d}" for number in range(30)
    ]
    assert sum(one.path.endswith("/batch") for one in stage.requests(SYSTEM)) == 1


def test_a_member_that_is_refused_stops_only_itself(stage: Stage) -> None:
    stage.seed(SYSTEM, "customers", {"DisplayName": "Vendor 07"})
    results = sent(stage, [create(number) for number in range(10)])
    assert [one.status for one in results] == [*["done"] * 7, "refused", "done", "done"]
    assert results[7].outcome == "conflict"
    assert "vendors, customers and employees share their names" in results[7].message
    assert len(names(stage)) == 9


def test_members_that_are_throttled_inside_a_success_are_put_off(stage: Stage) -> None:
    stage.fault(Fault(kind="partial_batch", status=429, path="/batch", times=1))
    results = sent(stage, [create(number) for number in range(6)])
    assert [one.status for one in results] == ["done", "unknown"] * 3
    assert all(
        one.put_off_until and one.put_off_until > stage.around.clock() for one in results if one.status == "unknown"
    )
    assert names(stage) == ["Vendor 00", "Vendor 02", "Vendor 04"]


def test_the_same_request_makes_no_second_record(stage: Stage) -> None:
    stage.fault(Fault(kind="drop_after_commit", path="/batch", times=1))
    [result] = sent(stage, [create(1)])
    assert result.status == "done"
    [again] = sent(stage, [create(1)])
    assert again.target_id == result.target_id
    assert names(stage) == ["Vendor 01"]


def test_a_record_that_is_there_from_a_lost_answer_is_taken_for_ours(stage: Stage) -> None:
    [first] = sent(stage, [create(1)])
    [again] = sent(stage, [create(1)], key="another key")
    assert (again.status, again.target_id) == ("done", first.target_id)
    assert names(stage) == ["Vendor 01"]


def altered(stage: Stage, monkeypatch: pytest.MonkeyPatch, change: Any) -> None:
    """What is sent to the batch endpoint is changed on its way: somebody else was faster."""
    handle = stage.sandbox.handle

    def handled(request: Any) -> Any:
        if request.path.endswith("/batch"):
            change(json.loads(request.body))
        return handle(request)

    monkeypatch.setattr(stage.sandbox, "handle", handled)


def test_a_record_that_somebody_has_just_changed_is_left_to_the_next_run(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    [vendor] = stage.seed(SYSTEM, "vendors", {"DisplayName": "Acme"})
    altered(
        stage, monkeypatch, lambda body: stage.seed(SYSTEM, "vendors", {"Id": vendor["Id"], "CompanyName": "Theirs"})
    )
    change = Write("1", "update", {"DisplayName": "Acme Concrete"}, target_id=f"vendor-{vendor['Id']}")
    [result] = sent(stage, [change])
    assert (result.status, result.outcome) == ("refused", "failed")
    assert "the next run looks at it again" in result.remedy
    assert names(stage) == ["Acme"]


def test_a_batch_that_is_refused_whole_is_halved_until_the_bad_record_stands_alone(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sandbox.quickbooks_online import batch
    from sandbox.quickbooks_online.errors import RefusedError

    answer = batch.answer

    def whole(books: Any, queries: Any, request: Any) -> Any:
        if b"Vendor 05" in request.body:
            raise RefusedError(2010, "The body cannot be read")
        return answer(books, queries, request)

    monkeypatch.setattr(batch, "answer", whole)
    results = sent(stage, [create(number) for number in range(8)])
    assert [one.status for one in results] == [*["done"] * 5, "refused", "done", "done"]
    assert len(names(stage)) == 7
