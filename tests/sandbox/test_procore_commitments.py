from __future__ import annotations

from datetime import timedelta

import pytest

from tests.sandbox.procore_client import Client, Site

WORK_ORDERS = "/rest/v1.0/work_order_contracts"
PURCHASE_ORDERS = "/rest/v1.0/purchase_order_contracts"


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.fixture
def site(client: Client) -> Site:
    return Site(client)


def draft(client: Client, site: Site, **fields: object) -> int:
    contract = {"title": "Concrete", **fields}
    answer = client.post(WORK_ORDERS, {"project_id": site.project, "work_order_contract": contract})
    assert answer.status == 201
    return int(answer.body["id"])


def show(client: Client, site: Site, key: int, path: str = WORK_ORDERS) -> dict[str, object]:
    body: dict[str, object] = client.get(f"{path}/{key}?{site.query}").body
    return body


def test_a_contract_is_numbered_and_a_number_is_taken_once(client: Client, site: Site) -> None:
    assert show(client, site, draft(client, site))["number"] == "SC-001"
    again = {"project_id": site.project, "work_order_contract": {"number": "SC-001"}}
    assert client.post(WORK_ORDERS, again).body == {"errors": {"number": ["has already been taken"]}}


def test_a_vendor_must_be_in_the_project_s_directory(client: Client, site: Site) -> None:
    body = {"project_id": site.project, "work_order_contract": {"vendor_id": site.vendor}}
    assert client.post(WORK_ORDERS, body).body == {"errors": {"vendor": ["must be in the project's directory"]}}
    client.post(f"/rest/v1.1/projects/{site.project}/vendors/{site.vendor}/actions/add", {})
    assert client.post(WORK_ORDERS, body).status == 201


def test_lines_are_written_and_added_up_as_text_with_two_decimals(client: Client, site: Site) -> None:
    key = draft(client, site)
    line = {"wbs_code_id": site.walls_s, "amount": 1234.5}
    made = client.post(f"{WORK_ORDERS}/{key}/line_items", {"project_id": site.project, "line_item": line}).body
    assert (made["amount"], made["wbs_code"]["flat_code"], made["cost_code"]["full_code"]) == (
        "1234.50",
        "03-300.S",
        "03-300",
    )
    calculated = {"wbs_code_id": site.slabs_m, "quantity": "3", "unit_cost": "33.335", "extended_type": "calculated"}
    path = f"{WORK_ORDERS}/{key}/line_items/sync?{site.query}"
    (row,) = client.patch(path, {"updates": [{**calculated, "origin_id": "l2", "uom": "ea"}]}).body["entities"]
    assert (row["amount"], row["quantity"], row["unit_cost"]) == ("100.01", "3", "33.335")
    assert show(client, site, key)["grand_total"] == "1334.51"


def test_tax_is_on_top_of_the_extended_amount(client: Client, site: Site) -> None:
    tax = client.seed("tax_codes", code="GST", rate1="10")["id"]
    line = {"wbs_code_id": site.walls_s, "amount": "99.99", "tax_code_id": tax}
    path = f"{WORK_ORDERS}/{draft(client, site)}/line_items"
    made = client.post(path, {"project_id": site.project, "line_item": line}).body
    assert (made["extended_amount"], made["total_amount"]) == ("99.99", "109.99")


def test_a_division_is_not_chargeable(client: Client, site: Site) -> None:
    code = {"cost_code_id": site.division, "line_item_type_id": site.types["S"]}
    wbs = client.seed("wbs_codes", project_id=site.project, **code)["id"]
    path = f"{WORK_ORDERS}/{draft(client, site)}/line_items"
    answer = client.post(path, {"project_id": site.project, "line_item": {"wbs_code_id": wbs, "amount": 1}})
    assert answer.status == 422
    assert "not chargeable" in answer.body["errors"]["wbs_code"][0]


def test_a_line_needs_a_wbs_code_that_exists(client: Client, site: Site) -> None:
    path = f"{WORK_ORDERS}/{draft(client, site)}/line_items"

    def post(**line: object) -> int:
        return client.post(path, {"project_id": site.project, "line_item": {"amount": 1, **line}}).status

    assert post() == 422
    assert post(cost_code_id=site.walls, line_item_type_id=site.types["L"]) == 422
    assert post(cost_code_id=site.walls, line_item_type_id=site.types["S"]) == 201
    assert post(wbs_code_id=site.walls_s, uom="furlong") == 422


def test_an_approved_contract_keeps_vendor_and_lines_and_stays(client: Client, site: Site) -> None:
    key = site.subcontract(client)
    line = client.get(f"{WORK_ORDERS}/{key}/line_items?{site.query}").body[0]["id"]
    other = client.seed("vendors", name="Other")["id"]

    def patch(**fields: object) -> int:
        return client.patch(f"{WORK_ORDERS}/{key}", {"project_id": site.project, "work_order_contract": fields}).status

    body = {"project_id": site.project, "line_item": {"amount": "1.00", "wbs_code_id": site.walls_s}}
    assert patch(vendor_id=other) == 422
    assert client.patch(f"{WORK_ORDERS}/{key}/line_items/{line}", body).status == 422
    assert client.post(f"{WORK_ORDERS}/{key}/line_items", body).status == 422
    assert client.delete(f"{WORK_ORDERS}/{key}/line_items/{line}?{site.query}").status == 422
    assert client.delete(f"{WORK_ORDERS}/{key}?{site.query}").status == 422
    assert patch(title="Concrete, phase 1", origin_id="po-1") == 200
    assert patch(status="Draft") == 200
    assert client.patch(f"{WORK_ORDERS}/{key}/line_items/{line}", body).status == 200


def test_the_company_can_switch_the_lock_off(client: Client, site: Site) -> None:
    key = site.subcontract(client)
    client.seed("settings", id="locks", commitments="open")
    assert client.delete(f"{WORK_ORDERS}/{key}?{site.query}").status == 200


def test_a_status_that_a_workflow_controls_does_not_change_though_the_answer_is_200(client: Client, site: Site) -> None:
    key = site.subcontract(client, workflow=True, status="Out For Signature")
    body = {"project_id": site.project, "work_order_contract": {"status": "Approved", "title": "New"}}
    answer = client.patch(f"{WORK_ORDERS}/{key}", body)
    assert (answer.status, answer.body["status"], answer.body["title"]) == (200, "Out For Signature", "New")
    path = f"/rest/v1.0/workflow_instances?company_id=598134325683880&filters[workflowed_object_id]={key}"
    assert client.get(path).body[0]["current_workflow_state"]["status"] == "Out For Signature"


def test_a_deleted_contract_is_seen_on_request_only(client: Client, site: Site) -> None:
    key = draft(client, site)
    assert client.delete(f"{WORK_ORDERS}/{key}?{site.query}").status == 200
    assert client.get(f"{WORK_ORDERS}/{key}?{site.query}").status == 404
    listed = {
        wanted: len(client.get(f"{WORK_ORDERS}?{site.query}&filters[include_deleted]={wanted}").body)
        for wanted in ("", "with", "only")
    }
    assert listed == {"": 0, "with": 1, "only": 1}


def test_contracts_are_found_by_change_status_and_origin_id(client: Client, site: Site) -> None:
    first = site.subcontract(client, origin_id="c-1")
    client.world.clock.advance(timedelta(hours=1))
    second = draft(client, site)

    def found(**query: object) -> list[int]:
        filters = "".join(f"&filters[{name}]={value}" for name, value in query.items())
        return [row["id"] for row in client.get(f"{WORK_ORDERS}?{site.query}{filters}").body]

    assert found(updated_at="2026-06-01T13:00:00Z...2026-06-02") == [second]
    assert (found(status="Approved"), found(origin_id="c-1"), found(id=second)) == ([first], [first], [second])


def test_a_changed_line_moves_the_contract_s_time_of_change(client: Client, site: Site) -> None:
    key = draft(client, site)
    client.world.clock.advance(timedelta(hours=1))
    line = {"project_id": site.project, "line_item": {"wbs_code_id": site.walls_s, "amount": 5}}
    client.post(f"{WORK_ORDERS}/{key}/line_items", line)
    assert show(client, site, key)["updated_at"] == "2026-06-01T13:00:00Z"


def test_the_show_view_nests_lines_change_orders_and_payments(client: Client, site: Site) -> None:
    key = site.subcontract(client)
    shown = show(client, site, key)
    assert [line["amount"] for line in shown["line_items"]] == ["10000.00", "5000.00"]  # type: ignore[attr-defined]
    assert {"change_order_packages", "payments_issued", "potential_change_orders"} <= set(shown)
    assert "line_items" not in client.get(f"{WORK_ORDERS}?{site.query}").body[0]
    assert "line_items" in client.get(f"{WORK_ORDERS}?{site.query}&view=extended").body[0]


def test_a_purchase_order_has_its_own_statuses(client: Client, site: Site) -> None:
    def post(status: str) -> int:
        body = {"project_id": site.project, "purchase_order_contract": {"status": status, "ship_via": "Truck"}}
        return client.post(PURCHASE_ORDERS, body).status

    assert [post(status) for status in ("Received", "Out For Bid")] == [201, 422]


def test_both_kinds_share_their_ids_and_are_listed_together(client: Client, site: Site) -> None:
    work_order = draft(client, site)
    order = client.post(PURCHASE_ORDERS, {"project_id": site.project, "purchase_order_contract": {"title": "Rebar"}})
    assert order.body["id"] != work_order
    assert [row["title"] for row in client.get(f"/rest/v1.0/commitments?{site.query}").body] == ["Concrete", "Rebar"]
    shown = client.get(f"/rest/v1.0/commitments/{order.body['id']}?{site.query}").body
    assert shown["type"] == "PurchaseOrderContract"


def test_contracts_are_synced_by_origin_id(client: Client, site: Site) -> None:
    body = {"project_id": site.project, "updates": [{"origin_id": "po-9", "title": "Rebar", "origin_code": "PO9"}]}
    keys = {client.patch(f"{PURCHASE_ORDERS}/sync", body).body["entities"][0]["id"] for _ in range(2)}
    assert len(keys) == 1


def test_a_subcontractor_s_own_lines_split_a_line(client: Client, site: Site) -> None:
    key = site.subcontract(client)
    line = client.get(f"{WORK_ORDERS}/{key}/line_items?{site.query}").body[0]["id"]
    path = f"{WORK_ORDERS}/{key}/line_item_contract_details"
    detail = {"line_item_id": line, "amount": "4000", "description": "Forms"}
    made = client.post(path, {"project_id": site.project, "contract_detail_line_item": detail}).body
    assert (made["amount"], made["billed_to_date"], made["billed_against"]) == ("4000.00", "0.00", False)
    assert [row["id"] for row in client.get(f"{path}?{site.query}").body] == [made["id"]]
