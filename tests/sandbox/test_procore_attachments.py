"""Files on invoices and direct costs in the Procore stand-in."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest

from tests.sandbox.procore_client import Answer, Client, Site


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


class Costs:
    """A direct cost in a project, and files that are sent to it."""

    def __init__(self, client: Client, **cost: Any) -> None:
        self.client = client
        self.site = Site(client)
        header = {"project_id": self.site.project, "direct_cost_type": "expense", **cost}
        self.id = client.seed("direct_costs", **header)["id"]
        self.path = f"/rest/v1.1/projects/{self.site.project}/direct_costs/{self.id}"

    def attach(self, *files: tuple[str, bytes], part: str = "attachments[]") -> Answer:
        heads = [f'Content-Disposition: form-data; name="{part}"; filename="{name}"' for name, _ in files]
        parts = zip(heads, files, strict=True)
        body = b"".join(
            b"--x\r\n" + head.encode() + b"\r\nContent-Type: image/png\r\n\r\n" + content + b"\r\n"
            for head, (_, content) in parts
        )
        headers = {**self.client.headers, "content-type": "multipart/form-data; boundary=x"}
        return self.client.call("PATCH", self.path, body + b"--x--\r\n", headers)

    def names(self, cost: dict[str, Any]) -> list[str]:
        return [one["filename"] for one in cost["attachments"]]


def test_files_are_added_to_those_of_a_direct_cost_and_both_list_and_cost_show_them(client: Client) -> None:
    costs = Costs(client)
    client.seed("attachments", direct_cost_id=costs.id, filename="a.pdf", content="eA==")
    before = client.get(costs.path).body["updated_at"]
    client.world.clock.advance(timedelta(hours=1))
    answer = costs.attach(("b é.png", b"\x89PNG\r\n1"), ("c %22d%22.png", b"2"))
    assert (answer.status, costs.names(answer.body)) == (200, ["a.pdf", "b é.png", 'c "d".png'])
    shown = client.get(costs.path).body
    [listed] = client.get(costs.path.rpartition("/")[0]).body
    assert (costs.names(shown), costs.names(listed)) == (costs.names(answer.body), costs.names(answer.body))
    assert (shown["attachments_count"], shown["updated_at"]) == (3, before)
    file = shown["attachments"][1]
    assert client.call("GET", file["url"]).raw == b"\x89PNG\r\n1"
    assert file["name"] == file["filename"]


@pytest.mark.feature("PRC-API-25")
def test_a_direct_cost_that_an_origin_id_locks_takes_no_file(client: Client) -> None:
    costs = Costs(client, origin_id="xero:cost:1")
    refused = costs.attach(("a.png", b"1"))
    assert (refused.status, "synced with ERP" in str(refused.body)) == (422, True)
    client.patch(costs.path, {"direct_cost": {"origin_id": None}})
    assert costs.attach(("a.png", b"1")).status == 200


def test_what_is_no_file_and_what_is_busy_is_refused(client: Client) -> None:
    costs = Costs(client)
    assert costs.attach(("a.png", b"1"), part="files[]").status == 400
    assert costs.attach(("a.png", b"")).status == 422
    assert costs.attach(("", b"1")).status == 422
    client.seed("settings", id="direct_costs", busy=[costs.id])
    assert costs.attach(("a.png", b"1")).status == 409
    with pytest.raises(ValueError, match="direct_cost_id"):
        client.seed("attachments", direct_cost_id=7, filename="a.pdf")


def test_the_files_of_a_direct_cost_go_with_it(client: Client) -> None:
    costs = Costs(client)
    file = costs.attach(("a.png", b"1")).body["attachments"][0]
    assert client.delete(costs.path).status == 200
    assert client.get(file["url"]).status == 404
