"""The HTTP client over a real socket, against a server that does everything wrong."""

from __future__ import annotations

import gzip
import socket
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests

from jobledger.errors import FixTheSetup, OutcomeUnknown, RetryLater
from jobledger.systems import client as client_module
from jobledger.systems.client import Call, Client
from tests.systems.scripted import DROP, Scripted, reply

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
DATE = "Mon, 02 Mar 2026 08:00:00 GMT"


class Tokens:
    """Tokens t0, t1, …"""

    def __init__(self) -> None:
        self.issued = 0

    def header(self) -> str:
        return f"Bearer t{self.issued}"

    def renew(self) -> None:
        self.issued += 1


class Waits(list[float]):
    """What was slept."""


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def client(vendor: Scripted, waits: Waits) -> Client:
    return made(vendor.url, waits)


def made(url: str, waits: Waits, **options: Any) -> Client:
    session = requests.Session()
    words: list[str] = []
    return Client(
        "books",
        session,
        url,
        title="Books",
        clock=lambda: NOW,
        sleep=waits.append,
        chance=lambda: 0.0,
        log=words.append,
        **options,
    )


HTML = reply(200, "<html>We are down for maintenance</html>", Content_Type="text/html")
TRUNCATED = reply(200, b'{"rows": [1, 2', length=500)
HALF_JSON = reply(200, b'{"rows": [1, 2')
EMPTY = reply(200, b"")
BAD_GZIP = reply(200, gzip.compress(b"[1]" * 99)[:20] + b"garbage", Content_Encoding="gzip")


@pytest.mark.parametrize(
    "trouble",
    [*(reply(status) for status in (408, 429, 500, 502, 503, 504)), HTML, TRUNCATED, HALF_JSON, EMPTY, BAD_GZIP, DROP],
)
def test_a_read_survives_any_trouble_that_passes(client: Client, vendor: Scripted, trouble: Any) -> None:
    vendor.answers = [trouble, trouble, reply(200, '{"rows": [1]}')]
    assert client.get("list").body == {"rows": [1]}
    assert len(vendor.seen) == 3


def test_a_read_that_never_succeeds_ends_after_a_bounded_time(client: Client, vendor: Scripted, waits: Waits) -> None:
    vendor.answers = [reply(503)]
    with pytest.raises(RetryLater, match=r"Books is in trouble \(status 503\)"):
        client.get("list")
    assert len(vendor.seen) == client_module.MOST_ATTEMPTS
    assert sum(waits) <= client_module.MOST_WAIT


def test_retry_after_in_seconds_is_waited_for(client: Client, vendor: Scripted, waits: Waits) -> None:
    vendor.answers = [reply(429, Retry_After="17"), reply()]
    client.get("list")
    assert waits == [17.0]


def test_retry_after_as_a_date_is_read_by_the_vendors_own_clock(client: Client, vendor: Scripted, waits: Waits) -> None:
    wrong_here = {"Date": "Mon, 02 Mar 2026 20:00:00 GMT", "Retry_After": "Mon, 02 Mar 2026 20:00:30 GMT"}
    vendor.answers = [reply(503, **wrong_here), reply()]
    client.get("list")
    assert waits == [30.0]


def test_a_long_wait_gives_the_slot_away_and_says_until_when(client: Client, vendor: Scripted, waits: Waits) -> None:
    vendor.answers = [reply(429, Retry_After="40000")]
    with pytest.raises(RetryLater) as raised:
        client.get("list")
    assert raised.value.at == NOW + timedelta(seconds=40_000)
    assert (len(vendor.seen), waits) == (1, [])


def test_an_absurd_wait_is_at_most_a_day(client: Client, vendor: Scripted) -> None:
    vendor.answers = [reply(429, Retry_After="1000000")]
    with pytest.raises(RetryLater) as raised:
        client.get("list")
    assert raised.value.at == NOW + timedelta(days=1)


PASSED = "Mon, 02 Mar 2026 07:00:00 GMT"


@pytest.mark.parametrize("text", ["-5", "soon", "NaN", PASSED, ""])
def test_a_wait_that_makes_no_sense_or_has_passed_does_not_hold_a_call_up(
    client: Client, vendor: Scripted, waits: Waits, text: str
) -> None:
    vendor.answers = [reply(429, Date=DATE, Retry_After=text), reply(200, '{"rows": []}')]
    assert client.get("list").ok
    assert len(vendor.seen) == 2
    assert 0 <= sum(waits) <= 1


@pytest.mark.parametrize("trouble", [DROP, reply(500), reply(503), HTML, TRUNCATED, EMPTY, reply(302, Location="/x")])
def test_a_write_that_may_have_been_executed_is_never_sent_twice(
    client: Client, vendor: Scripted, trouble: Any
) -> None:
    vendor.answers = [trouble]
    with pytest.raises(OutcomeUnknown):
        client.send(Call("POST", "bills", document={"total": 1}))
    assert len(vendor.seen) == 1


def test_a_write_refused_by_a_limit_is_sent_again(client: Client, vendor: Scripted) -> None:
    vendor.answers = [reply(429), reply(201, '{"id": 7}')]
    assert client.send(Call("POST", "bills", document={})).body == {"id": 7}


def test_a_recognisable_write_is_repeated_byte_for_byte(client: Client, vendor: Scripted) -> None:
    vendor.answers = [DROP, reply(502), reply(201, '{"id": 7}')]
    key = {"Idempotency-Key": "k1"}
    call = Call("POST", "bills", headers=key, document={"total": Decimal("1.10")}, repeatable=True)
    assert client.send(call).body == {"id": 7}
    assert {body for *_, body in vendor.seen} == {b'{"total":1.10}'}
    assert {headers["Idempotency-Key"] for _, _, headers, _ in vendor.seen} == {"k1"}


def test_a_write_once_unanswered_stays_unknown_even_if_it_is_then_put_off(client: Client, vendor: Scripted) -> None:
    vendor.answers = [DROP, reply(429, Retry_After="40000")]
    with pytest.raises(OutcomeUnknown):
        client.send(Call("POST", "bills", document={}, repeatable=True))


def test_what_was_never_sent_is_put_off_and_not_unknown(waits: Waits) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(RetryLater, match="cannot be reached"):
        made(url, waits).send(Call("POST", "bills", document={}))


def test_a_refusal_is_the_connectors_to_judge(client: Client, vendor: Scripted) -> None:
    vendor.answers = [reply(422, '{"errors": {"name": ["is taken"]}}')]
    answer = client.send(Call("POST", "bills", document={}))
    assert (answer.status, answer.body) == (422, {"errors": {"name": ["is taken"]}})


def test_an_expired_token_is_renewed_once_and_the_write_sent_again(vendor: Scripted, waits: Waits) -> None:
    vendor.answers = [reply(401), reply(201, '{"id": 1}')]
    client = made(vendor.url, waits, auth=Tokens())
    assert client.send(Call("POST", "bills", document={})).status == 201
    assert [headers["Authorization"] for _, _, headers, _ in vendor.seen] == ["Bearer t0", "Bearer t1"]


def test_a_token_refused_twice_is_a_matter_of_setup(vendor: Scripted, waits: Waits) -> None:
    vendor.answers = [reply(401)]
    with pytest.raises(FixTheSetup, match="Books refuses a token that it has just issued"):
        made(vendor.url, waits, auth=Tokens()).get("list")
    assert len(vendor.seen) == 2


def test_a_redirect_on_the_same_origin_is_followed(client: Client, vendor: Scripted) -> None:
    vendor.answers = [reply(302, Location="/elsewhere?page=2"), reply(200, '{"rows": []}')]
    assert client.get("list").body == {"rows": []}
    assert [path for _, path, _, _ in vendor.seen] == ["/list", "/elsewhere?page=2"]


def test_a_redirect_to_another_origin_is_refused_and_nothing_is_sent_there(
    vendor: Scripted, stranger: Scripted, waits: Waits
) -> None:
    vendor.answers = [reply(302, Location=f"{stranger.url}/steal")]
    stranger.answers = [reply()]
    with pytest.raises(FixTheSetup, match="not the host of the connection"):
        made(vendor.url, waits, auth=Tokens()).get("list")
    assert stranger.seen == []


def test_a_next_link_to_another_origin_is_refused(client: Client, stranger: Scripted) -> None:
    with pytest.raises(FixTheSetup):
        client.get(f"{stranger.url}/list?page=2")
    assert stranger.seen == []


def test_redirects_in_a_circle_end(client: Client, vendor: Scripted) -> None:
    vendor.answers = [reply(302, Location="/list")]
    with pytest.raises(RetryLater, match="circle"):
        client.get("list")


def test_a_netrc_on_the_machine_does_not_replace_the_token(
    vendor: Scripted, waits: Waits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    vendor.answers = [reply()]
    made(vendor.url, waits, auth=Tokens()).get("list")
    made(vendor.url, waits).get("list")
    assert vendor.seen[0][2]["Authorization"] == "Bearer t0"
    assert "Authorization" not in vendor.seen[1][2]


def test_money_is_exact_from_the_wire_to_the_wire(client: Client, vendor: Scripted) -> None:
    vendor.answers = [reply(200, b'{"total": 12345678901234567890.10, "rate": 0.1}')]
    got = client.get("bill").body
    assert got == {"total": Decimal("12345678901234567890.10"), "rate": Decimal("0.1")}
    client.send(Call("POST", "bill", document=got))
    assert vendor.seen[-1][3] == b'{"total":12345678901234567890.10,"rate":0.1}'


def test_an_answer_without_end_is_cut_off(client: Client, vendor: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "MOST_BYTES", 1000)
    vendor.answers = [reply(200, b"[" + b"1," * 600_000 + b"1]")]
    with pytest.raises(RetryLater, match="too large or too slow"):
        client.get("list")
    assert len(vendor.seen) == 1


def test_what_is_logged_has_neither_bodies_nor_tokens(vendor: Scripted, waits: Waits) -> None:
    words: list[str] = []
    seen: list[tuple[Any, ...]] = []
    vendor.answers = [reply(503, '{"secret": "body-secret"}'), reply()]
    client = made(vendor.url, waits, auth=Tokens(), observe=lambda *each: seen.append(each))
    client.log = words.append
    client.get("list", {"token": "query-secret"})
    assert words == ["Books is in trouble (status 503); attempt 2 of 6 in 0 s."]
    assert [(one[:4]) for one in seen] == [("books", "GET", "/list", 503), ("books", "GET", "/list", 200)]


def test_the_vendors_time_is_that_of_its_answer(client: Client, vendor: Scripted) -> None:
    vendor.answers = [reply(200, "{}", Date="Sun, 01 Mar 2026 10:00:00 GMT")]
    assert client.get("list").at == datetime(2026, 3, 1, 10, tzinfo=UTC)


def test_a_host_that_is_no_address_is_named(waits: Waits) -> None:
    with pytest.raises(FixTheSetup):
        made("api.books.com", waits).get("list")
