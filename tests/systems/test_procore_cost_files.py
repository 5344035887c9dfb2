"""Files on direct costs: receipts, attached behind our own lock."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import pytest

from jobledger.errors import FixTheRecord, RetryLater
from jobledger.systems.base import OpenFile, Window, Write, WriteResult
from jobledger.systems.procore import cost_attaching
from jobledger.systems.procore.entities import ENTITIES
from jobledger.systems.procore.file_kinds import kind_of
from jobledger.systems.procore.system import Procore
from sandbox.faults import Fault
from tests.systems.site import Site
from tests.systems.stage import Stage

FILES = "direct_cost_attachments"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 3 + b"\r\n--x--\r\n"
PDF = b"%PDF-1.7 receipt"
Step = tuple[str, str, str]


@pytest.fixture
def site(stage: Stage) -> Site:
    return Site(stage)


@pytest.fixture
def system(stage: Stage) -> Procore:
    return stage.procore()


@pytest.fixture
def cost(site: Site) -> dict[str, Any]:
    """A purchase that our origin_id locks."""
    return purchase(site, 1)


def purchase(site: Site, number: int, **more: Any) -> dict[str, Any]:
    origin = {"origin_id": f"pex:purchase:{number}", "origin_data": f"pex-purchase:{number}"}
    lines = {"line_items": [site.line("03-300.S", "76.25")]}
    header = {"project_id": site.project, "direct_cost_type": "expense", "status": "approved"}
    return site.seed("direct_costs", {**header, **origin, **lines, **more})[0]


def given(content: bytes) -> OpenFile:
    @contextmanager
    def opened(most: int) -> Iterator[IO[bytes]]:
        if len(content) > most:
            raise FixTheRecord("The file is too large.", "Make it smaller.")
        yield io.BytesIO(content)

    return opened


def failing(error: Exception) -> OpenFile:
    @contextmanager
    def opened(most: int) -> Iterator[IO[bytes]]:
        raise error
        yield

    return opened


def receipt(cost: dict[str, Any], name: str = "Receipt 77", file: OpenFile | None = None, **more: Any) -> Write:
    document = {"direct_cost_id": str(cost["id"]), "file_name": name, "url": "pex/77", **more}
    return Write(name, "create", document, file=file or given(PNG))


def send(system: Procore, *writes: Write, steps: list[Step] | None = None) -> list[WriteResult]:
    noted = steps if steps is not None else []
    return system.write(FILES, writes, "k", lambda key, step, target: noted.append((key, step, target)))


def held(stage: Stage) -> list[tuple[str, bytes]]:
    return [(row["filename"], base64.b64decode(row["content"])) for row in stage.records("procore.attachments")]


def lock(stage: Stage, number: int = 0) -> tuple[Any, Any]:
    row = stage.records("procore.direct_costs")[number]
    return row["origin_id"], row["origin_data"]


def locked(number: int = 1) -> tuple[str, str]:
    return f"pex:purchase:{number}", f"pex-purchase:{number}"


def patches(stage: Stage) -> list[str]:
    return [one.path.rpartition("direct_costs/")[2] for one in stage.requests("procore") if one.method == "PATCH"]


@pytest.mark.feature("PEX-25", "ACC-27")
def test_two_receipts_are_attached_behind_the_lock_in_one_opening(
    stage: Stage, site: Site, system: Procore, cost: dict[str, Any]
) -> None:
    steps: list[Step] = []
    second = receipt(cost, "Receipt 78", given(PDF), project_id=str(site.project))
    results = send(system, receipt(cost, project_id=str(site.project)), second, steps=steps)
    assert [one.status for one in results] == ["done", "done"]
    assert held(stage) == [("Receipt 77.png", PNG), ("Receipt 78.pdf", PDF)]
    assert patches(stage) == ["sync", str(cost["id"]), str(cost["id"]), "sync"]
    assert lock(stage) == locked()
    first, other = (one.target_id for one in results)
    assert steps == [
        ("Receipt 77", "unlocked", ""),
        ("Receipt 78", "unlocked", ""),
        ("Receipt 77", "attached", first),
        ("Receipt 78", "attached", other),
        ("Receipt 77", "locked", first),
        ("Receipt 78", "locked", other),
    ]


@pytest.mark.feature("PEX-25", "ACC-27")
def test_the_direct_costs_of_a_project_are_opened_in_one_call_and_locked_in_another(
    stage: Stage, site: Site, system: Procore, cost: dict[str, Any]
) -> None:
    other = purchase(site, 2)
    results = send(system, receipt(cost), receipt(other, "Receipt 78"))
    assert [one.status for one in results] == ["done", "done"]
    assert patches(stage) == ["sync", str(cost["id"]), str(other["id"]), "sync"]
    assert [lock(stage, 0), lock(stage, 1)] == [locked(1), locked(2)]


@pytest.mark.feature("PEX-25")
def test_a_file_is_read_found_and_fetched_as_it_was_sent(
    stage: Stage, site: Site, system: Procore, cost: dict[str, Any]
) -> None:
    [result] = send(system, receipt(cost, "Reçu 1.50 77"))
    [row] = [row for page in system.read(FILES, Window()) for row in page.rows]
    assert row == result.record
    assert row["id"] == result.target_id == f"{cost['id']}/{stage.records('procore.attachments')[0]['id']}"
    assert (row["file_name"], row["name"], row["kind"]) == ("Reçu 1.50 77", "Reçu 1.50 77.png", "image/png")
    assert (row["direct_cost_id"], row["project_id"]) == (cost["id"], site.project)
    key = {"direct_cost_id": str(cost["id"]), "file_name": "Reçu 1.50 77"}
    assert system.find(FILES, None, key) == [row] == system.fetch(FILES, [row["id"]])
    assert system.find(FILES, None, {**key, "file_name": "Receipt"}) == [] == system.find(FILES, None, {})
    card = ENTITIES[FILES].card(row)
    assert (card.name, card.number, card.mark) == ("Reçu 1.50 77.png", None, None)
    assert (card.evidence["direct_cost"], card.evidence["project"]) == (str(cost["id"]), str(site.project))
    assert system.places(FILES) == {str(site.project): True}


@pytest.mark.parametrize(
    ("head", "extension"),
    [
        (b"\n%PDF-1.4", ".pdf"),
        (PNG, ".png"),
        (b"\xff\xd8\xff\xe0", ".jpg"),
        (b"GIF89a", ".gif"),
        (b"\0\0\0\x18ftypheic", ".heic"),
        (b"MM\0*", ".tiff"),
        (b"II*\0", ".tiff"),
    ],
)
def test_the_first_bytes_tell_the_kind(head: bytes, extension: str) -> None:
    kind = kind_of(head)
    assert kind is not None
    assert kind.extension == extension


@pytest.mark.feature("PEX-25")
@pytest.mark.parametrize(
    ("file", "outcome", "told"),
    [
        (given(b"<html>"), "invalid", "neither a PDF nor an image"),
        (given(PNG + b"x" * 1000), "invalid", "too large"),
        (failing(FixTheRecord("It is gone.", "Look.")), "invalid", "It is gone."),
        (failing(RetryLater("PEX is in trouble.")), "failed", "in trouble"),
    ],
)
def test_a_file_that_cannot_be_had_stops_only_itself_and_opens_nothing(
    stage: Stage,
    system: Procore,
    cost: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    file: OpenFile,
    outcome: str,
    told: str,
) -> None:
    monkeypatch.setattr(cost_attaching, "MOST_BYTES", 1000)
    [bad] = send(system, receipt(cost, "Receipt 76", file))
    assert (bad.status, bad.outcome, bad.target_id, patches(stage)) == ("refused", outcome, None, [])
    assert told in bad.message
    assert bad.remedy
    bad, good = send(system, receipt(cost, "Receipt 76", file), receipt(cost))
    assert (bad.outcome, good.status) == (outcome, "done")
    assert [name for name, _ in held(stage)] == ["Receipt 77.png"]
    assert lock(stage) == locked()


@pytest.mark.feature("ACC-27")
def test_where_procore_does_not_unlock_a_file_is_a_conflict(
    stage: Stage, site: Site, system: Procore, cost: dict[str, Any]
) -> None:
    site.seed("settings", {"id": "locks", "unlocking": "refused"})
    other = purchase(site, 2, origin_id=None)
    refused, done = send(system, receipt(cost), receipt(other, "Receipt 78"))
    assert (refused.status, refused.outcome, refused.target_id, done.status) == ("refused", "conflict", None, "done")
    assert "is locked, and takes no file" in refused.message
    assert "unlock the direct cost" in refused.remedy
    assert [name for name, _ in held(stage)] == ["Receipt 78.png"]


@pytest.mark.feature("PRC-API-11")
def test_another_integrations_cost_gets_no_file(stage: Stage, site: Site, system: Procore) -> None:
    [result] = send(system, receipt(purchase(site, 1, origin_id="sage-9")))
    assert (result.outcome, "sage-9" in result.message, patches(stage)) == ("conflict", True, [])


class Died(Exception):
    """The process ends here."""


@pytest.mark.feature("ACC-27", "PEX-25")
@pytest.mark.parametrize("at", ["unlocked", "attached", "locked"])
def test_an_interrupted_write_is_finished_and_the_cost_locked_again(
    stage: Stage, system: Procore, cost: dict[str, Any], at: str
) -> None:
    def die(key: str, step: str, target: str) -> None:
        if step == at:
            raise Died

    write = receipt(cost)
    with pytest.raises(Died):
        system.write(FILES, [write], "k", die)
    assert (lock(stage) == locked()) == (at == "locked")
    found = system.find(FILES, None, {"direct_cost_id": cost["id"], "file_name": "Receipt 77"})
    assert len(found) == (at != "unlocked")
    again = Write(write.key, "create", write.document, found[0]["id"], file=write.file) if found else write
    [result] = send(system, again)
    assert (result.status, held(stage), lock(stage)) == ("done", [("Receipt 77.png", PNG)], locked())
    before = len(patches(stage))
    assert [one.target_id for one in send(system, write)] == [result.target_id]
    assert len(patches(stage)) == before


@pytest.mark.feature("ACC-27")
def test_a_cost_left_open_by_a_file_is_locked_again_by_the_next_write_of_the_cost(
    stage: Stage, site: Site, system: Procore, cost: dict[str, Any]
) -> None:
    def die(key: str, step: str, target: str) -> None:
        raise Died

    with pytest.raises(Died):
        system.write(FILES, [receipt(cost)], "k", die)
    change = Write("1", "update", {"description": "Fuel"}, str(cost["id"]))
    [result] = system.write("direct_costs", [change], "k")
    assert (result.status, lock(stage)) == ("done", locked())


@pytest.mark.parametrize("kind", ["drop_after_commit", "drop_before_commit"])
def test_a_lost_answer_is_unknown_and_never_repeated_by_itself(
    stage: Stage, system: Procore, cost: dict[str, Any], kind: Any
) -> None:
    stage.fault(Fault(kind=kind, method="PATCH", path=f"v1.1/.*direct_costs/{cost['id']}", times=1))
    lost, other = send(system, receipt(cost), receipt(cost, "Receipt 78", given(PDF)))
    assert (lost.status, other.status, lock(stage)) == ("unknown", "done", locked())
    sent = kind == "drop_after_commit"
    assert len(held(stage)) == 1 + sent
    [result] = send(system, receipt(cost))
    assert (result.status, len(held(stage)), lock(stage)) == ("done", 2, locked())


def test_a_cost_that_cannot_be_locked_again_yet_is_told_and_locked_by_the_next_run(
    stage: Stage, system: Procore, cost: dict[str, Any]
) -> None:
    stage.fault(Fault(kind="status", status=409, method="PATCH", path="direct_costs/sync", after=1, times=4))
    [open_still] = send(system, receipt(cost))
    assert (open_still.status, "not locked again yet" in open_still.message) == ("unknown", True)
    assert lock(stage)[0] is None
    [result] = send(system, receipt(cost))
    assert (result.status, result.target_id, lock(stage)) == ("done", open_still.target_id, locked())


def test_a_project_whose_tool_is_off_and_a_cost_that_is_gone_stop_only_themselves(
    stage: Stage, site: Site, system: Procore, cost: dict[str, Any]
) -> None:
    closed = site.new_project("Mall", disabled_tools=["direct_costs"])
    gone = {"id": 7}
    results = send(
        system,
        receipt(gone, "Receipt 1", project_id=str(closed)),
        receipt(gone, "Receipt 2"),
        receipt(cost, "Receipt 3"),
        Write("4", "update", {"file_name": "x"}, "1/2"),
    )
    assert [(one.status, one.outcome) for one in results] == [
        ("refused", "blocked"),
        ("refused", "conflict"),
        ("done", "failed"),
        ("refused", "conflict"),
    ]
    assert "Direct Costs" in results[0].message
    assert "is not in Procore" in results[1].message
    assert "only added" in results[3].message


def test_what_is_put_off_before_anything_was_accepted_is_raised(
    stage: Stage, system: Procore, cost: dict[str, Any]
) -> None:
    limit = Fault(kind="status", status=429, retry_after=4000, method="PATCH", path="direct_costs")
    stage.fault(limit)
    with pytest.raises(RetryLater):
        send(system, receipt(cost))
    stage.fault(Fault(kind="status", status=429, retry_after=4000, method="PATCH", path="direct_costs", after=1))
    [result] = send(system, receipt(cost))
    assert (result.status, result.target_id) == ("unknown", None)
