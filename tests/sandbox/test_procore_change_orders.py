from __future__ import annotations

import pytest

from tests.sandbox.procore_client import COMPANY, Client, Site

PACKAGES = "/rest/v1.0/change_order_packages"
POTENTIALS = "/rest/v1.0/potential_change_orders"
REQUESTS = "/rest/v1.0/change_order_requests"


@pytest.fixture
def client() -> Client:
    return Client()


def package(client: Client, site: Site, contract: int, **fields: object) -> dict[str, object]:
    body = {"project_id": site.project, "contract_id": contract, "change_order": {"title": "Extra", **fields}}
    answer = client.post(PACKAGES, body)
    assert answer.status == 201
    made: dict[str, object] = answer.body
    return made


def potentials(client: Client, site: Site, contract: int) -> list[int]:
    rows = client.get(f"{POTENTIALS}?{site.query}&filters[contract_id]={contract}").body
    return [row["id"] for row in rows]


def add_line(client: Client, site: Site, potential: int, amount: str) -> int:
    line = {"wbs_code_id": site.walls_s, "amount": amount}
    path = f"{POTENTIALS}/{potential}/line_items"
    return client.post(path, {"project_id": site.project, "line_item": line}).status


def change_orders_path(site: Site) -> str:
    return f"/rest/v1.0/projects/{site.project}/commitment_change_orders"


def test_with_one_tier_a_package_brings_the_change_order_that_carries_its_lines(client: Client) -> None:
    site = Site(client)
    contract = site.subcontract(client)
    made = package(client, site, contract)
    (potential,) = potentials(client, site, contract)
    assert add_line(client, site, potential, "500") == 201
    shown = client.get(f"{PACKAGES}/{made['id']}?{site.query}").body
    assert (shown["grand_total"], [line["extended_amount"] for line in shown["line_items"]]) == ("500.00", ["500.00"])


def test_with_one_tier_a_potential_change_order_brings_its_package(client: Client) -> None:
    site = Site(client)
    contract = site.subcontract(client)
    update = {"origin_id": "co-1", "title": "Extra"}
    path = f"{POTENTIALS}/sync?{site.query}&contract_id={contract}"
    for _ in range(2):
        assert client.patch(path, {"updates": [update]}).body["errors"] == []
    (row,) = client.get(f"{PACKAGES}?{site.query}&contract_id={contract}").body
    assert (row["title"], row["origin_id"]) == ("Extra", None)


def test_an_approved_change_order_counts_and_is_frozen(client: Client) -> None:
    site = Site(client)
    contract = site.subcontract(client)
    made = package(client, site, contract)
    (potential,) = potentials(client, site, contract)
    add_line(client, site, potential, "-500")
    body = {"project_id": site.project, "change_order": {"status": "approved", "origin_id": "x", "origin_code": "CO1"}}
    assert client.patch(f"{PACKAGES}/{made['id']}", body).status == 200

    shown = client.get(f"/rest/v1.0/work_order_contracts/{contract}?{site.query}").body
    assert (shown["approved_change_orders"], shown["revised_contract"]) == ("-500.00", "14500.00")
    assert add_line(client, site, potential, "1") == 422
    line = client.get(f"{POTENTIALS}/{potential}/line_items?{site.query}").body[0]["id"]
    assert client.delete(f"{POTENTIALS}/{potential}/line_items/{line}?{site.query}").status == 422
    assert client.delete(f"{change_orders_path(site)}/{potential}").status == 422


def test_pending_and_draft_change_orders_are_counted_apart(client: Client) -> None:
    site = Site(client)
    contract = site.subcontract(client)
    for status, total in (("pending", "100"), ("draft", "50"), ("rejected", "9")):
        package(client, site, contract, status=status, grand_total=total)
    shown = client.get(f"/rest/v1.0/work_order_contracts/{contract}?{site.query}").body
    names = ("pending_change_orders", "draft_change_orders_amount", "pending_revised_contract")
    assert [shown[name] for name in names] == ["100.00", "50.00", "15100.00"]


def test_with_three_tiers_requests_lead_from_change_orders_to_a_package(client: Client) -> None:
    site = Site(client, change_order_tiers=3)
    contract = site.subcontract(client)
    made = package(client, site, contract)
    place = {"project_id": site.project, "contract_id": contract}
    request = client.post(REQUESTS, {**place, "change_order": {"change_order_package_id": made["id"]}}).body
    order = {"title": "Extra", "change_order_request_id": request["id"], "origin_id": "pco-1"}
    potential = client.post(POTENTIALS, {**place, "change_order": order}).body
    assert potential["change_order_tiers"] == 3
    add_line(client, site, potential["id"], "250")
    assert client.get(f"{PACKAGES}/{made['id']}?{site.query}").body["grand_total"] == "250.00"
    assert client.get(change_orders_path(site)).status == 400


def test_with_two_tiers_a_change_order_joins_a_package_by_sync(client: Client) -> None:
    site = Site(client, change_order_tiers=2)
    contract = site.subcontract(client)
    made = package(client, site, contract)
    assert potentials(client, site, contract) == []
    update = {"origin_id": "p", "title": "Extra", "change_order_request": {"change_order_package_id": made["id"]}}
    client.patch(f"{POTENTIALS}/sync?{site.query}&contract_id={contract}", {"updates": [update]})
    (row,) = client.get(change_orders_path(site)).body
    assert (row["batch_id"], row["legacy_package_id"]) == (made["id"], made["id"])


def test_commitment_change_orders_lead_back_to_the_package_and_hold_no_origin_fields(client: Client) -> None:
    site = Site(client)
    contract = site.subcontract(client)
    order = {"contract_id": contract, "title": "Extra", "status": "pending", "origin_id": "ignored"}
    made = client.post(change_orders_path(site), {"change_order": order}).body
    assert not [name for name in made if name.startswith("origin_")]
    shown = client.get(f"{PACKAGES}/{made['legacy_package_id']}?{site.query}").body
    assert (shown["title"], shown["status"], shown["origin_id"]) == ("Extra", "pending", None)

    client.patch(f"{change_orders_path(site)}/{made['id']}", {"change_order": {"status": "approved"}})
    assert client.get(f"{PACKAGES}/{made['legacy_package_id']}?{site.query}").body["status"] == "approved"


def test_commitment_change_orders_are_not_paged(client: Client) -> None:
    site = Site(client)
    contract = site.subcontract(client)
    for _ in range(3):
        package(client, site, contract)
    answer = client.get(f"{change_orders_path(site)}?per_page=1")
    assert (len(answer.body), "total" in answer.headers) == (3, False)


def test_lines_of_version_2_are_wrapped_paged_by_ten_and_have_ids_as_text(client: Client) -> None:
    site = Site(client)
    contract = site.subcontract(client)
    package(client, site, contract)
    (potential,) = potentials(client, site, contract)
    path = f"/rest/v2.0/companies/{COMPANY}/projects/{site.project}/commitment_change_orders/{potential}/line_items"
    made = client.post(path, {"wbs_code_id": str(site.walls_s), "amount": "12.00"}).body["data"]
    assert (made["amount"], made["wbs_code_id"]) == ("12.00", str(site.walls_s))
    for _ in range(10):
        add_line(client, site, potential, "1")
    assert len(client.get(path).body["data"]) == 10
    refused = client.post(path, {"wbs_code_id": "5", "amount": "12.00"})
    assert (refused.status, refused.body["error"]["code"]) == (422, "UNPROCESSABLE_ENTITY")
    assert refused.body["error"]["details"][0]["source"] == "wbs_code"
