"""What is outside the vendors: control routes, faults, the server, the state file."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox import asgi
from sandbox.app import Sandbox
from sandbox.world import Clock
from tests.sandbox.server import serving
from tests.sandbox.xero_client import START, Xero

ROOT = Path(__file__).parents[2]


@pytest.fixture
def xero() -> Xero:
    return Xero()


@pytest.fixture
def served(xero: Xero) -> Iterator[str]:
    with serving(xero.sandbox) as address:
        yield address


def contacts(address: str, xero: Xero, name: str, **more: Any) -> requests.Response:
    """Puts a contact over the wire, under the token of the client without a socket."""
    headers = {"Authorization": xero.session.headers["Authorization"], "Accept": "application/json"}
    return requests.put(f"{address}/api.xro/2.0/Contacts", json={"Name": name}, headers=headers, timeout=5, **more)


def names(xero: Xero) -> list[str]:
    return [row["Name"] for row in xero.control("GET", "records/xero/contacts")]


def order(xero: Xero, kind: str, **more: Any) -> None:
    xero.control("POST", "faults", [{"system": "xero", "path": "Contacts", "kind": kind, **more}])


def test_every_answer_carries_the_time_of_the_sandbox(xero: Xero) -> None:
    assert xero.call("GET", "Organisation").headers["date"] == "Mon, 01 Jun 2026 12:00:00 GMT"
    xero.later("1 day")
    assert xero.session.get("https://any/nowhere").headers["date"] == "Tue, 02 Jun 2026 12:00:00 GMT"


@pytest.mark.parametrize(("words", "now"), [("90 s", "12:01:30"), ("2 hours", "14:00:00"), ("1 minute", "12:01:00")])
def test_time_is_moved_by_words(xero: Xero, words: str, now: str) -> None:
    assert xero.control("POST", "clock", {"advance": words})["now"] == f"2026-06-01T{now}.000+00:00"


def test_a_path_of_nobody_is_not_found(xero: Xero) -> None:
    assert xero.session.get("https://any/v9/nothing").status_code == 404
    assert xero.session.get("https://any/_sandbox/nothing").status_code == 404


def test_requests_are_logged_with_what_became_of_them(xero: Xero) -> None:
    xero.control("POST", "faults", [{"kind": "status", "status": 503, "path": "Items"}])
    xero.call("PUT", "Contacts", {"Name": "Acme"}, headers={"Idempotency-Key": "k1"})
    xero.call("PUT", "Contacts", {"Name": "Acme"})
    xero.call("GET", "Items", page=1)
    logged = xero.control("GET", "requests?system=xero")[1:]
    assert [(one["method"], one["path"], one["status"]) for one in logged] == [
        ("PUT", "/api.xro/2.0/Contacts", 200),
        ("PUT", "/api.xro/2.0/Contacts", 400),
        ("GET", "/api.xro/2.0/Items", 503),
    ]
    assert (logged[0]["idempotency_key"], logged[2]["fault"], logged[2]["query"]) == ("k1", "status", "page=1")
    assert xero.control("GET", "requests?system=procore") == []


def test_the_summary_counts_accepted_writes_but_no_token(xero: Xero) -> None:
    xero.put("Contacts", {"Name": "Acme"})
    xero.call("PUT", "Contacts", {"Name": "Acme"})
    xero.rows("Contacts")
    summary = xero.control("GET", "requests/summary?system=xero")
    assert summary["methods"] == {"POST": 1, "PUT": 2, "GET": 1}
    assert (summary["requests"], summary["writes"]) == (4, 1)
    assert summary["quotas"]["day"]["used"] == 3
    assert set(xero.control("GET", "requests/summary")["quotas"]) == {"procore", "xero", "quickbooks_online", "pex"}


def test_the_ledger_has_every_accepted_write_in_order_and_by_whom(xero: Xero) -> None:
    acme = xero.put("Contacts", {"Name": "Acme"})["ContactID"]
    xero.call("PUT", "Contacts", {"Name": "acme"})
    bolt = xero.control("POST", "records/xero/contacts", {"Name": "Bolt"})["ContactID"]
    xero.post("Contacts", {"ContactID": acme, "EmailAddress": "a@acme.test"})
    ledger = xero.control("GET", "ledger?system=xero")
    assert [(one["entity"], one["key"], one["action"], one["by"]) for one in ledger] == [
        ("contacts", acme, "create", "api"),
        ("contacts", bolt, "create", "person"),
        ("contacts", acme, "update", "api"),
    ]


def test_records_are_put_changed_and_removed_as_by_a_person(xero: Xero) -> None:
    items = xero.control("POST", "records/xero/items", [{"Code": "A"}, {"Code": "B"}])
    xero.control("POST", "records/xero/items", {"ItemID": items[0]["ItemID"], "Code": "A2"})
    xero.control("DELETE", f"records/xero/items/{items[1]['ItemID']}")
    assert [row["Code"] for row in xero.control("GET", "records/xero/items")] == ["A2"]
    assert xero.control("GET", "records/xero")["items"] == 1


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "message"),
    [
        ("POST", "clock", {"advance": "soon"}, 400, '"90 s"'),
        ("POST", "quotas", {"xero": "double"}, 400, "multiple"),
        ("POST", "quotas", {"sage": "off"}, 400, "No system sage"),
        ("POST", "faults", [{"kind": "gremlins"}], 400, "gremlins"),
        ("POST", "faults", [{"kind": "slow", "wheel": 1}], 400, "wheel"),
        ("POST", "faults", [{"kind": "slow", "path": "("}], 400, "regular expression"),
        ("POST", "faults", [{"kind": "slow", "every": 0}], 400, "every"),
        ("POST", "reset", {"dataset": "nothing"}, 400, "nothing"),
        ("POST", "reset", {"set": "demo"}, 400, "set"),
        ("POST", "records/xero/contacts", {"Name": ""}, 400, "Name must be specified"),
        ("POST", "records/xero/gadgets", {}, 400, "No entity gadgets"),
        ("POST", "records/xero/contacts", [1], 400, "JSON object"),
        ("GET", "records/sage/contacts", None, 404, "No system sage"),
        ("DELETE", "records/xero/contacts/none", None, 404, "No record none"),
    ],
)
def test_wrong_control_input_is_answered_plainly(
    xero: Xero, method: str, path: str, body: Any, status: int, message: str
) -> None:
    answer = xero.session.request(method, f"https://any/_sandbox/{path}", json=body)
    assert answer.status_code == status
    assert message in answer.json()["message"]


def test_a_reset_forgets_records_log_ledger_faults_and_tokens(xero: Xero) -> None:
    xero.put("Contacts", {"Name": "Acme"})
    order(xero, "slow")
    xero.control("POST", "reset", {"dataset": "empty"})
    assert xero.control("GET", "requests") == []
    assert xero.control("GET", "ledger") == []
    assert xero.control("GET", "faults") == []
    assert names(xero) == []
    assert xero.call("GET", "Organisation").status_code == 401
    xero.sign_in()
    assert xero.rows("Organisation")[0]["BaseCurrency"] == "USD"


def test_the_same_seed_gives_the_same_ids() -> None:
    ids = []
    for _ in range(2):
        xero = Xero()
        xero.control("POST", "reset", {"dataset": "empty", "seed": 11})
        xero.sign_in()
        ids.append(xero.put("Contacts", {"Name": "Acme"})["ContactID"])
    assert ids[0] == ids[1]


def test_after_every_and_times_choose_the_requests_that_a_fault_strikes(xero: Xero) -> None:
    order(xero, "status", status=500, method="GET", after=1, every=2, times=2)
    statuses = [xero.call("GET", "Contacts").status_code for _ in range(8)]
    assert statuses == [200, 200, 500, 200, 500, 200, 200, 200]
    fault = xero.control("GET", "faults")[0]
    assert (fault["fired"], fault["matched"]) == (2, 5)
    assert xero.call("GET", "Items").status_code == 200


def test_a_status_comes_with_retry_after_only_when_ordered(xero: Xero) -> None:
    order(xero, "status", status=429, retry_after=7, times=1)
    assert xero.call("GET", "Contacts").headers["retry-after"] == "7"
    order(xero, "status", status=503)
    answer = xero.call("PUT", "Contacts", {"Name": "Acme"})
    assert (answer.status_code, "retry-after" in answer.headers) == (503, False)
    assert names(xero) == []


def test_a_status_may_hide_a_write_that_was_executed(xero: Xero) -> None:
    order(xero, "status", status=500, executed=True)
    assert xero.call("PUT", "Contacts", {"Name": "Acme"}).status_code == 500
    assert names(xero) == ["Acme"]


def test_a_stale_token_gets_the_vendors_own_refusal(xero: Xero) -> None:
    order(xero, "stale_token", times=1)
    answer = xero.call("PUT", "Contacts", {"Name": "Acme"})
    assert (answer.status_code, answer.json()["Detail"]) == (401, "AuthenticationUnsuccessful")
    assert xero.call("PUT", "Contacts", {"Name": "Acme"}).status_code == 200


@pytest.mark.parametrize("status", [200, 502])
def test_garbage_is_a_page_instead_of_json(xero: Xero, status: int) -> None:
    order(xero, "garbage", status=status)
    answer = xero.call("GET", "Contacts")
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html")
    assert answer.text.startswith("<!DOCTYPE html>")


def test_a_partial_batch_takes_some_members_only(xero: Xero) -> None:
    order(xero, "partial_batch")
    sent = {"Contacts": [{"Name": name} for name in "ABCD"]}
    answer = xero.call("PUT", "Contacts", sent, summarizeErrors="false").json()["Contacts"]
    assert [one["StatusAttributeString"] for one in answer] == ["OK", "ERROR", "OK", "ERROR"]
    assert names(xero) == ["A", "C"]


def test_editing_while_paging_makes_a_careless_reader_miss_a_record(xero: Xero) -> None:
    for name in "ABCDEF":
        xero.put("Contacts", {"Name": name})
    xero.later("1 s")
    order(xero, "edit_while_paging", times=1)
    query = {"order": "UpdatedDateUTC ASC", "pageSize": 2}
    seen = [row["Name"] for page in (1, 2, 3) for row in xero.rows("Contacts", page=page, **query)]
    assert seen == ["A", "B", "D", "E", "F", "A"]
    assert xero.control("GET", "ledger")[-1]["by"] == "person"


@pytest.mark.parametrize(
    ("fault", "error", "written"),
    [
        ({"kind": "drop_before_commit"}, requests.exceptions.ConnectionError, []),
        ({"kind": "drop_after_commit"}, requests.exceptions.ConnectionError, ["Acme"]),
        ({"kind": "truncate_body"}, requests.exceptions.ChunkedEncodingError, ["Acme"]),
        ({"kind": "timeout", "seconds": 9}, requests.exceptions.ReadTimeout, []),
        ({"kind": "timeout", "seconds": 9, "executed": True}, requests.exceptions.ReadTimeout, ["Acme"]),
        ({"kind": "slow", "seconds": 9}, requests.exceptions.ReadTimeout, ["Acme"]),
    ],
)
def test_a_cut_or_late_answer_fails_alike_with_and_without_a_socket(
    xero: Xero, served: str, fault: dict[str, Any], error: type[Exception], written: list[str]
) -> None:
    order(xero, **fault)
    with pytest.raises(error):
        xero.session.put("https://any/api.xro/2.0/Contacts", json={"Name": "Acme"}, timeout=1)
    assert names(xero) == written
    xero.control("POST", "reset", {"dataset": "empty"})
    xero.sign_in()
    order(xero, **fault)
    headers = {"Authorization": xero.session.headers["Authorization"]}
    with pytest.raises(error):
        requests.put(f"{served}/api.xro/2.0/Contacts", json={"Name": "Acme"}, headers=headers, timeout=0.2)
    assert names(xero) == written


def test_a_slow_answer_comes_in_the_end(xero: Xero, served: str) -> None:
    order(xero, "slow", seconds=0.05)
    answer = contacts(served, xero, "Acme")
    assert answer.status_code == 200
    assert answer.elapsed.total_seconds() >= 0.05


def test_calls_under_way_at_a_time_are_counted_over_the_wire(xero: Xero, served: str) -> None:
    xero.control("POST", "quotas", {"xero": "real"})
    order(xero, "slow", seconds=0.3)
    statuses: list[int] = []

    def put(number: int) -> None:
        statuses.append(contacts(served, xero, f"Contact {number}").status_code)

    threads = [threading.Thread(target=put, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] * 5 + [429] * 3


def test_over_the_wire_the_answers_are_the_same(xero: Xero, served: str) -> None:
    xero.put("Contacts", {"Name": "Acmé"})
    headers = {"Authorization": xero.session.headers["Authorization"], "Accept": "application/json"}
    address = f"{served}/api.xro/2.0/Contacts?where=Name%3D%3D%22Acm%C3%A9%22"
    answer = requests.get(address, headers=headers, timeout=5)
    assert [row["Name"] for row in answer.json()["Contacts"]] == ["Acmé"]
    assert answer.headers["date"] == "Mon, 01 Jun 2026 12:00:00 GMT"
    assert answer.headers["X-MinLimit-Remaining"] == "60"


def test_a_sandbox_goes_on_where_its_file_stopped(tmp_path: Path) -> None:
    file = tmp_path / "state.sqlite"
    first = Xero(Sandbox(file, clock=Clock(START.timestamp)))
    acme = first.put("Contacts", {"Name": "Acme"})["ContactID"]
    first.call("PUT", "Contacts", {"Name": "Bolt"}, headers={"Idempotency-Key": "k"})
    first.later("5 minutes")
    first.sandbox.close()
    again = Xero(Sandbox(file, clock=Clock(START.timestamp)))
    assert names(again) == ["Acme", "Bolt"]
    assert "already assigned" in again.refused("PUT", "Contacts", {"Name": "acme"})
    assert again.call("PUT", "Contacts", {"Name": "Bolt"}, headers={"Idempotency-Key": "k"}).status_code == 200
    assert again.put("Contacts", {"Name": "Cass"})["ContactID"] not in {acme, None}
    assert len(again.control("GET", "ledger")) == 3
    assert again.control("GET", "clock")["now"].startswith("2026-06-01T12:05")


def start(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--dataset", "empty", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_the_command_says_where_it_listens_and_stops_when_asked(tmp_path: Path, ending: signal.Signals) -> None:
    process = start("--state", str(tmp_path / "state.sqlite"), "--quotas", "off")
    assert process.stdout is not None
    said = process.stdout.readline()
    address = said.rsplit(" ", 1)[-1].strip()
    assert said.startswith("The sandbox listens on http://127.0.0.1:")
    assert requests.get(f"{address}/_sandbox/clock", timeout=5).status_code == 200
    process.send_signal(ending)
    out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (0, "", "")


def test_a_port_in_use_is_one_plain_sentence() -> None:
    with asgi.listen() as socket:
        port = socket.getsockname()[1]
        process = start("--port", str(port))
        out, err = process.communicate(timeout=10)
    assert (process.returncode, err) == (1, "")
    assert out == f"Port {port} on 127.0.0.1 is in use or not allowed; choose another with --port.\n"
