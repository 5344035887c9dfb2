from __future__ import annotations

from dataclasses import replace

import pytest

from sandbox.http import Request
from tests.sandbox.procore_client import Client, Site, company, in_company

VENDORS_SYNC = "/rest/v1.0/vendors/sync"


@pytest.fixture
def client() -> Client:
    return Client()


def sync(client: Client, *rows: dict[str, object]) -> dict[str, list[dict[str, object]]]:
    answer = client.patch(VENDORS_SYNC, company(updates=list(rows)))
    assert answer.status == 200
    body: dict[str, list[dict[str, object]]] = answer.body
    return body


@pytest.mark.feature("XTR-1")
def test_good_and_bad_rows_are_answered_side_by_side_with_200(client: Client) -> None:
    body = sync(client, {"origin_id": "a", "name": "Acme"}, {"id": 0, "name": "Ghost"}, {"origin_id": "b", "name": ""})
    assert [row["origin_id"] for row in body["entities"]] == ["a"]
    assert body["errors"] == [
        {"id": 0, "name": "Ghost", "errors": {"id": ["Entity with this ID not found"]}},
        {"origin_id": "b", "name": "", "errors": {"name": ["can't be blank"]}},
    ]


@pytest.mark.feature("XTR-1")
def test_a_thousand_rows_are_the_most(client: Client) -> None:
    rows = [{"name": f"V{number}"} for number in range(1001)]
    assert client.patch(VENDORS_SYNC, company(updates=rows)).status == 413
    assert len(sync(client, *rows[:1000])["entities"]) == 1000


@pytest.mark.feature("XTR-2")
def test_an_origin_id_finds_the_row_or_makes_it(client: Client) -> None:
    first = sync(client, {"origin_id": "a", "name": "Acme"})["entities"][0]
    second = sync(client, {"origin_id": "a", "city": "Denver"})["entities"][0]
    assert second["id"] == first["id"]
    assert (second["name"], second["city"]) == ("Acme", "Denver")


@pytest.mark.feature("XTR-2")
def test_an_id_with_another_origin_id_rewrites_it(client: Client) -> None:
    key = sync(client, {"origin_id": "a", "name": "Acme"})["entities"][0]["id"]
    assert sync(client, {"id": key, "origin_id": "b"})["entities"][0]["origin_id"] == "b"
    assert client.get(in_company("/rest/v1.0/vendors", **{"filters[origin_id]": "a"})).body == []


@pytest.mark.feature("XTR-2")
def test_a_row_without_a_key_is_made_again_on_every_retry(client: Client) -> None:
    keys = {sync(client, {"name": "Acme"})["entities"][0]["id"] for _ in range(2)}
    assert len(keys) == 2


@pytest.mark.feature("XTR-3")
def test_an_origin_id_of_another_project_is_taken(client: Client) -> None:
    here = Site(client)
    there = client.seed("projects", name="Elsewhere")["id"]
    path = "/rest/v1.0/projects/{}/direct_costs/sync"
    row = {"origin_id": "bill-1", "direct_cost_type": "expense"}
    assert client.patch(path.format(here.project), {"updates": [row]}).body["errors"] == []
    answer = client.patch(path.format(there), {"updates": [row]}).body
    assert answer["errors"][0]["errors"] == {"origin_id": ["has already been taken"]}


def test_two_rows_with_one_origin_id_in_one_call_make_one_record(client: Client) -> None:
    body = sync(client, {"origin_id": "a", "name": "Acme"}, {"origin_id": "a", "name": "Acme Inc"})
    assert body["entities"][0]["id"] == body["entities"][1]["id"]


def test_rows_that_the_sandbox_was_told_to_refuse_are_refused(client: Client) -> None:
    body = b'{"company_id": 598134325683880, "updates": [{"name": "A"}, {"name": "B"}, {"name": "C"}]}'
    headers = {"authorization": f"Bearer {client.token}", **client.headers}
    request = Request("PATCH", VENDORS_SYNC, headers=headers, body=body)
    assert client.vendor.answer(request).status == 200
    refused = client.vendor.answer(replace(request, refuse_every=2))
    assert refused.body.count(b"partial_batch") == 1


def test_a_call_without_updates_is_malformed(client: Client) -> None:
    assert client.patch(VENDORS_SYNC, company()).status == 400


@pytest.mark.parametrize(
    "row", [{"origin_id": ["a"], "name": "A"}, {"name": {"x": 1}}, {"country_code": [], "name": "A"}]
)
def test_a_value_of_the_wrong_shape_is_an_error_of_its_row(client: Client, row: dict[str, object]) -> None:
    assert [len(rows) for rows in sync(client, row).values()] == [0, 1]


@pytest.mark.parametrize("updates", [5, "x", [1], {"id": 1}])
def test_updates_that_are_no_list_of_objects_are_malformed(client: Client, updates: object) -> None:
    assert client.patch(VENDORS_SYNC, company(updates=updates)).status == 400
