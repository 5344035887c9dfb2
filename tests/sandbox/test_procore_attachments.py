"""Files on invoices in the Procore stand-in."""

from __future__ import annotations

import base64

import pytest

from tests.sandbox.procore_client import Client


@pytest.fixture
def client() -> Client:
    return Client()


def test_an_attachment_needs_an_invoice_and_bytes_in_base64(client: Client) -> None:
    with pytest.raises(ValueError, match="requisition_id"):
        client.seed("attachments", requisition_id=7, filename="a.pdf", content="eA==")
    with pytest.raises(ValueError, match="base64"):
        client.seed("attachments", requisition_id=7, filename="a.pdf", content="?")


def test_the_bytes_of_a_file_need_the_token(client: Client) -> None:
    client.world.tables.put(
        "procore.attachments",
        9,
        {"id": 9, "filename": "a.pdf", "content_type": "application/pdf", "content": base64.b64encode(b"{}").decode()},
    )
    path = "/rest/v1.0/attachments/9/file"
    answer = client.call("GET", path)
    assert (answer.status, answer.raw, answer.headers["content-type"]) == (200, b"{}", "application/pdf")
    assert client.call("GET", "/rest/v1.0/attachments/10/file").status == 404
    client.token = "another"
    assert client.call("GET", path).status == 401
