"""Files over a real socket: where the token goes, what is refused, and an upload whose length is told first."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from jobledger.errors import FixTheRecord, RetryLater
from jobledger.systems import files
from jobledger.systems.auth import KeptInMemory
from jobledger.systems.base import Window, Write
from jobledger.systems.client import Client
from jobledger.systems.procore.attachments import opened
from jobledger.systems.procore.connect import ProcoreAccount, procore
from jobledger.systems.procore.system import Procore
from jobledger.systems.quickbooks_online.connect import QuickBooksAccount, quickbooks_online
from jobledger.systems.quickbooks_online.system import QuickBooksOnline
from jobledger.systems.surroundings import Surroundings
from tests.sandbox.server import serving
from tests.systems.scripted import Scripted, reply
from tests.systems.site import Site
from tests.systems.stage import COMPANY, REALM, Stage

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


class Tokens:
    """Tokens t0, t1, …"""

    def __init__(self) -> None:
        self.issued = 0

    def header(self) -> str:
        return f"Bearer t{self.issued}"

    def renew(self) -> None:
        self.issued += 1


@pytest.fixture
def client(vendor: Scripted) -> Client:
    return Client("procore", requests.Session(), vendor.url, title="Procore", auth=Tokens(), clock=lambda: NOW)


def content(client: Client, address: str = "/files/1", most: int = 1000) -> bytes:
    with opened(client, address, most) as file:
        return file.read()


def test_a_file_is_fetched_with_the_token_and_once_more_with_a_new_one(client: Client, vendor: Scripted) -> None:
    vendor.answers = [reply(401), reply(200, b"bytes")]
    assert content(client) == b"bytes"
    assert [one[2]["Authorization"] for one in vendor.seen] == ["Bearer t0", "Bearer t1"]


def test_a_redirect_on_the_same_host_is_followed(client: Client, vendor: Scripted) -> None:
    vendor.answers = [reply(302, b"", Location="/storage/1"), reply(200, b"bytes")]
    assert content(client) == b"bytes"
    assert [one[1] for one in vendor.seen] == ["/files/1", "/storage/1"]


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("http://127.0.0.1:9/x", ["127.0.0.1"]),
        ("https://storage.example/x", ["10.0.0.7"]),
        ("https://storage.example/x", ["8.8.8.8", "169.254.169.254"]),
        ("http://storage.example/x", ["8.8.8.8"]),
        ("file:///etc/passwd", []),
    ],
)
def test_no_other_host_is_asked_but_a_public_one_over_https(
    client: Client, vendor: Scripted, monkeypatch: pytest.MonkeyPatch, address: str, found: list[str]
) -> None:
    monkeypatch.setattr(files, "addresses", lambda host: found)
    vendor.answers = [reply(302, b"", Location=address)]
    with pytest.raises(FixTheRecord, match="no public host over https"):
        content(client)
    assert len(vendor.seen) == 1


def test_a_storage_host_gets_neither_the_token_nor_other_headers(
    vendor: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, Any]] = []

    class Storage(requests.Session):
        def get(self, url: str, **options: Any) -> Any:  # type: ignore[override]
            signed = options["auth"](requests.Request("GET", url).prepare()).headers.get("Authorization")
            asked.append((url, signed or options["headers"]))
            return super().get(vendor.url, **options)

    monkeypatch.setattr(files, "addresses", lambda host: ["8.8.8.8"])
    vendor.answers = [reply(302, b"", Location="https://storage.example/1?signature=s"), reply(200, b"bytes")]
    client = Client("procore", Storage(), "https://api.procore.com", auth=Tokens(), headers={"Procore-Company-Id": "1"})
    assert content(client) == b"bytes"
    assert asked == [("https://api.procore.com/files/1", "Bearer t0"), ("https://storage.example/1?signature=s", {})]
    vendor.answers, asked[:] = [reply(200, b"bytes")], []
    content(client, "https://app.procore.com/files/2")
    assert asked == [("https://app.procore.com/files/2", "Bearer t0")]


@pytest.mark.parametrize(
    ("answer", "error", "told"),
    [
        (reply(404), FixTheRecord, "does not give the file"),
        (reply(200, b""), FixTheRecord, "The file is empty"),
        (reply(200, b"x" * 1001), FixTheRecord, "more than 1,000 bytes"),
        (reply(302, b"", Location="/files/1"), FixTheRecord, "in a circle"),
        (reply(503), RetryLater, "is in trouble"),
        (reply(429), RetryLater, "a limit is used up"),
        (reply(200, b"cut", length=900), RetryLater, "broke off the answer"),
    ],
)
def test_what_is_no_file_is_told(
    client: Client, vendor: Scripted, answer: Any, error: type[Exception], told: str
) -> None:
    vendor.answers = [answer]
    with pytest.raises(error, match=told):
        content(client)


@pytest.mark.feature("SMX-QBO-86")
def test_three_megabytes_go_from_procore_to_a_bill_over_real_http(stage: Stage) -> None:
    """Larger than what is held in memory, and with bytes that look like the end of a part."""
    data = b"%PDF" + bytes(range(256)) * 12_000 + b"\r\n--x--\r\n"
    site, sandbox = Site(stage), stage.sandbox
    for one in sandbox.vendors.values():
        one.quota.set_mode("off")
    invoice = site.invoice(site.subcontract(), 2)
    encoded = base64.b64encode(data).decode()
    site.seed("attachments", {"requisition_id": invoice["id"], "filename": "Zahlung é.pdf", "content": encoded})
    [acme] = stage.seed("quickbooks_online", "vendors", {"DisplayName": "Acme"})
    account = next(one for one in stage.records("quickbooks_online.accounts") if one.get("AcctNum") == "5000")
    cost = {"AccountRef": {"value": account["Id"]}}
    line = {"Amount": 100, "DetailType": "AccountBasedExpenseLineDetail", "AccountBasedExpenseLineDetail": cost}
    [bill] = stage.seed("quickbooks_online", "bills", {"VendorRef": {"value": acme["Id"]}, "Line": [line]})
    with serving(sandbox) as url:
        source, books = connected(url)
        [row] = [row for page in source.read("invoice_attachments", Window()) for row in page.rows]
        document = {"BillRef": bill["Id"], "FileName": row["file_name"], "ContentType": row["content_type"]}
        write = Write("1", "create", document, mark="procore-file-1/2", file=lambda most: source.file(row["url"], most))
        [result] = books.write("attachments", [write], "a key")
        [again] = books.find("attachments", "procore-file-1/2", {"BillRef": bill["Id"]})
    assert (result.status, again["id"], again["FileName"]) == ("done", result.target_id, "Zahlung é.pdf")
    [held] = stage.records("quickbooks_online.attachables")
    assert base64.b64decode(held["_content"]) == data


def connected(url: str) -> tuple[Procore, QuickBooksOnline]:
    """Both connectors on a server."""
    kept = KeptInMemory()
    around = Surroundings(tokens=lambda connection: kept)
    ours = ProcoreAccount("p", url, f"{url}/oauth/token", "procore-demo-client", "procore-demo-secret")
    app = {"client_id": "quickbooks-demo-client", "secret": "quickbooks-demo-secret"}
    login, first = f"{url}/oauth2/v1/tokens/bearer", "quickbooks-demo-refresh"
    theirs = QuickBooksAccount("q", url, login, first_refresh_token=first, **app)
    return procore(ours, COMPANY, None, around), quickbooks_online(theirs, REALM, around)
