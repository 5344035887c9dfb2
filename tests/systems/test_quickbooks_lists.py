"""Lists of QuickBooks that are long, that move while they are read, and that tell what changed (XTR-41)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from jobledger.systems.base import Page, Window
from tests.systems.stage import Stage

SYSTEM = "quickbooks_online"


def vendors(stage: Stage, count: int) -> list[str]:
    made = stage.seed(SYSTEM, "vendors", *({"DisplayName": f"Vendor {number:05d}"} for number in range(count)))
    return [str(one["Id"]) for one in made]


def pages(stage: Stage, since: Any = None) -> list[Page]:
    return list(stage.quickbooks().read("contacts", Window(since=since)))


def ids(some: list[Page]) -> list[str]:
    return [row["id"] for page in some for row in page.rows if row["Kind"] == "Vendor"]


def between_requests(stage: Stage, monkeypatch: pytest.MonkeyPatch, does: Callable[[int], None], times: int) -> None:
    """A person does something before each of the first requests that ask for pages, after the first page."""
    handle, seen = stage.sandbox.handle, [0]

    def handled(request: Any) -> Any:
        asks = request.path.endswith("/batch") or "Vendor" in str(request.query.get("query", ""))
        if asks and "/v3/company/" in request.path:
            if 0 < seen[0] <= times:
                does(seen[0])
            seen[0] += 1
        return handle(request)

    monkeypatch.setattr(stage.sandbox, "handle", handled)


@pytest.fixture(autouse=True)
def unlimited(stage: Stage) -> None:
    stage.sandbox.vendors[SYSTEM].quota.set_mode("off")


@pytest.mark.parametrize(("count", "calls"), [(999, 1), (1000, 2), (1999, 2), (5995, 2), (5996, 3)])
def test_a_long_list_is_read_whole_by_batches_of_pages(stage: Stage, count: int, calls: int) -> None:
    known = vendors(stage, count)
    assert sorted(ids(pages(stage))) == sorted(f"vendor-{one}" for one in known)
    asked = [one for one in stage.requests(SYSTEM) if "/v3/" in one.path]
    assert len(asked) == calls + 1  # the customers are one call more


@pytest.mark.parametrize("count", [1500, 6200])
def test_nothing_is_lost_of_a_list_that_is_edited_and_shortened_while_it_is_read(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    known = vendors(stage, count)

    def somebody(number: int) -> None:
        stage.sandbox.world.clock.advance(timedelta(seconds=5))
        stage.seed(SYSTEM, "vendors", {"Id": known[-number], "DisplayName": f"Renamed {number}"})
        stage.seed(SYSTEM, "vendors", {"DisplayName": f"New {number}"})
        # what left the list before the next page moves everything after it one place up
        stage.sandbox.world.tables.remove(f"{SYSTEM}.vendors", known[number])

    between_requests(stage, monkeypatch, somebody, times=2)
    read = ids(pages(stage))
    there = {f"vendor-{one['Id']}" for one in stage.records(f"{SYSTEM}.vendors")}
    assert there <= set(read)
    assert len(read) == len(set(read))


@pytest.mark.feature("XTR-41")
def test_only_what_changed_is_read(stage: Stage) -> None:
    first, *_ = vendors(stage, 3)
    since = stage.around.clock() + timedelta(minutes=1)
    stage.sandbox.world.clock.advance(timedelta(hours=1))
    stage.seed(SYSTEM, "vendors", {"Id": first, "Active": False})
    assert ids(pages(stage, since)) == [f"vendor-{first}"]
    assert sum("/cdc" in one.path for one in stage.requests(SYSTEM)) == 1


@pytest.mark.feature("XTR-41")
def test_more_changes_than_one_answer_holds_are_read_by_query(stage: Stage) -> None:
    since = stage.around.clock()
    stage.sandbox.world.clock.advance(timedelta(hours=1))
    known = vendors(stage, 1200)
    some = pages(stage, since)
    assert sorted(ids(some)) == sorted(f"vendor-{one}" for one in known)
    assert {note for page in some for note in page.notes} == {
        "So many Vendor records changed that deleted ones are noticed when all are read next."
    }


@pytest.mark.feature("XTR-41")
def test_a_document_that_was_deleted_is_told(stage: Stage) -> None:
    [vendor] = stage.seed(SYSTEM, "vendors", {"DisplayName": "Acme"})
    account = next(one for one in stage.records(f"{SYSTEM}.accounts") if one["AcctNum"] == "5000")
    detail = {"AccountRef": {"value": account["Id"]}}
    line = {"Amount": 100, "DetailType": "AccountBasedExpenseLineDetail", "AccountBasedExpenseLineDetail": detail}
    [bill] = stage.seed(SYSTEM, "bills", {"VendorRef": {"value": vendor["Id"]}, "Line": [line]})
    since = stage.around.clock()
    stage.sandbox.world.clock.advance(timedelta(hours=1))
    stage.sandbox.vendors[SYSTEM].remove("bills", bill["Id"])
    some = list(stage.quickbooks().read("bills", Window(since=since)))
    assert bill["Id"] in [one for page in some for one in (*page.gone, *page.documents)]


@pytest.mark.feature("XTR-40")
def test_more_batches_than_a_minute_allows_are_waited_for(stage: Stage) -> None:
    quota = stage.sandbox.vendors[SYSTEM].quota
    quota.set_mode("real")
    known = [f"vendor-{one}" for one in vendors(stage, 5)]
    system = stage.quickbooks()
    wanted = [*known, *(f"vendor-{number}" for number in range(100_000, 100_200))]
    for _ in range(45):
        assert sorted(row["id"] for row in system.fetch("contacts", wanted)) == sorted(known)
    assert [one.status for one in stage.requests(SYSTEM) if one.status == 429] == []
    assert sum(stage.slept) > 30
    assert quota.highest_use()["batches"]["used"] <= 40
