from __future__ import annotations

import pytest

from tests.sandbox.procore_client import Client, Site


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.fixture
def site(client: Client) -> Site:
    return Site(client)


def path(site: Site, version: str = "v1.0") -> str:
    return f"/rest/{version}/projects/{site.project}/direct_costs"


def bill(client: Client, site: Site, **fields: object) -> dict[str, object]:
    cost = {"direct_cost_type": "invoice", "vendor_id": site.vendor, "invoice_number": "INV-1", **fields}
    line = {"wbs_code_id": site.walls_s, "manual_amount": 76.25, "ref": "1"}
    answer = client.post(path(site, "v1.1"), {"direct_cost": {"line_items": [line], **cost}})
    assert answer.status == 201, answer.body
    made: dict[str, object] = answer.body
    return made


def test_a_direct_cost_and_its_lines_are_made_in_one_request(client: Client, site: Site) -> None:
    made = bill(client, site)
    assert made["grand_total"] == "76.25"
    (line,) = made["line_items"]  # type: ignore[misc]
    assert (line["ref"], line["amount"]) == ("1", "76.25")
    assert "ref" not in client.get(f"{path(site)}/{made['id']}/line_items").body[0]


def test_one_request_holds_a_hundred_lines(client: Client, site: Site) -> None:
    line = {"wbs_code_id": site.walls_s, "manual_amount": 1}
    for count, status in ((100, 201), (101, 400)):
        cost = {"direct_cost_type": "expense", "line_items": [line] * count}
        assert client.post(path(site, "v1.1"), {"direct_cost": cost}).status == status


def test_a_line_that_is_refused_leaves_no_half_made_direct_cost(client: Client, site: Site) -> None:
    cost = {"direct_cost_type": "expense", "line_items": [{"wbs_code_id": 1, "manual_amount": 1}]}
    assert client.post(path(site, "v1.1"), {"direct_cost": cost}).status == 422
    assert client.get(path(site)).body == []
    assert client.world.ledger()[-1]["entity"] != "direct_costs"


def test_an_invoice_needs_a_vendor_and_a_number_that_is_its_own(client: Client, site: Site) -> None:
    answer = client.post(path(site), {"direct_cost": {"direct_cost_type": "invoice"}})
    assert answer.body == {"errors": {"vendor": ["can't be blank"], "invoice_number": ["can't be blank"]}}
    bill(client, site)
    same = {"direct_cost_type": "invoice", "vendor_id": site.vendor, "invoice_number": "INV-1"}
    assert client.post(path(site), {"direct_cost": same}).body == {
        "errors": {"invoice_number": ["has already been taken"]}
    }
    assert client.post(path(site), {"direct_cost": {"direct_cost_type": "payroll"}}).status == 201


def test_invoice_numbers_can_be_unique_per_vendor_instead(client: Client, site: Site) -> None:
    bill(client, site)
    other = client.seed("vendors", name="Other")["id"]
    cost = {"direct_cost_type": "invoice", "vendor_id": other, "invoice_number": "INV-1"}
    assert client.post(path(site), {"direct_cost": cost}).status == 422
    client.seed("settings", id="direct_costs", invoice_number_unique="per vendor")
    assert client.post(path(site), {"direct_cost": cost}).status == 201


def test_the_type_is_set_once_and_subcontractor_invoices_are_off(client: Client, site: Site) -> None:
    key = bill(client, site)["id"]
    answer = client.patch(f"{path(site)}/{key}", {"direct_cost": {"direct_cost_type": "expense"}})
    assert (answer.status, answer.body["direct_cost_type"]) == (200, "invoice")
    special = {"direct_cost": {"direct_cost_type": "subcontractor_invoice"}}
    assert client.post(path(site), special).status == 422
    client.seed("settings", id="direct_costs", subcontractor_invoice=True)
    assert client.post(path(site), special).status == 201


@pytest.mark.feature("PRC-API-25")
def test_with_an_origin_id_nothing_of_a_direct_cost_can_be_changed(client: Client, site: Site) -> None:
    made = bill(client, site, origin_id="bill-1")
    one = f"{path(site)}/{made['id']}"
    line = made["line_items"][0]["id"]  # type: ignore[index]
    answer = client.patch(one, {"direct_cost": {"description": "x"}})
    assert answer.status == 422
    assert "synced with ERP" in answer.body["errors"]["base"][0]
    assert client.delete(one).status == 422
    assert client.patch(f"{one}/line_items/{line}", {"line_item": {"amount": 1}}).status == 422
    assert client.delete(f"{one}/line_items/{line}").status == 422
    row = {"direct_cost_id": made["id"], "wbs_code_id": site.walls_s, "amount": 5}
    assert client.patch(f"{path(site)}/line_items/sync", {"updates": [row]}).body["errors"]
    changed = client.patch(f"{path(site)}/sync", {"updates": [{"origin_id": "bill-1", "description": "x"}]}).body
    assert (changed["entities"], "base" in changed["errors"][0]["errors"]) == ([], True)


def test_taking_the_origin_id_away_unlocks(client: Client, site: Site) -> None:
    one = f"{path(site)}/{bill(client, site, origin_id='bill-1')['id']}"
    assert client.patch(one, {"direct_cost": {"origin_id": None, "description": "x"}}).status == 422
    assert client.patch(one, {"direct_cost": {"origin_id": None}}).status == 200
    assert client.patch(one, {"direct_cost": {"description": "x"}}).status == 200


def test_unlocking_can_be_refused(client: Client, site: Site) -> None:
    one = f"{path(site)}/{bill(client, site, origin_id='bill-1')['id']}"
    client.seed("settings", id="locks", unlocking="refused")
    assert client.patch(one, {"direct_cost": {"origin_id": None}}).status == 422


def test_a_direct_cost_that_another_request_works_on_is_in_conflict(client: Client, site: Site) -> None:
    key = bill(client, site)["id"]
    client.seed("settings", id="direct_costs", busy=[key])
    row = {"direct_cost_id": key, "wbs_code_id": site.walls_s, "amount": 5}
    answers = [
        client.patch(f"{path(site)}/{key}", {"direct_cost": {"description": "x"}}),
        client.patch(f"{path(site)}/line_items/sync", {"updates": [row]}),
        client.delete(f"{path(site)}/{key}"),
        client.post(f"{path(site)}/{key}/line_items", {"line_item": row}),
    ]
    assert [answer.status for answer in answers] == [409] * 4
    assert client.get(f"{path(site)}/{key}").status == 200


def test_headers_and_lines_are_synced(client: Client, site: Site) -> None:
    row = {"origin_data": "x", "direct_cost_type": "expense", "status": "approved", "direct_cost_date": "2026-06-01"}
    key = client.patch(f"{path(site)}/sync", {"updates": [row]}).body["entities"][0]["id"]
    lines = [
        {"direct_cost_id": key, "origin_id": "l1", "wbs_code_id": site.walls_s, "amount": 10},
        {"direct_cost_id": key, "origin_id": "l2", "wbs_code_id": site.slabs_m, "amount": "0.05"},
        {"direct_cost_id": key + 99, "origin_id": "l3", "wbs_code_id": site.slabs_m, "amount": 1},
    ]
    answer = client.patch(f"{path(site)}/line_items/sync", {"updates": lines}).body
    assert ([row["origin_id"] for row in answer["entities"]], len(answer["errors"])) == (["l1", "l2"], 1)
    again = client.patch(f"{path(site)}/line_items/sync", {"updates": [{"origin_id": "l1", "amount": 11}]}).body
    assert again["entities"][0]["amount"] == "11.00"
    assert client.get(f"{path(site)}/{key}").body["grand_total"] == "11.05"


def test_deleting_a_direct_cost_takes_its_lines_with_it(client: Client, site: Site) -> None:
    key = bill(client, site)["id"]
    assert client.delete(f"{path(site, 'v1.1')}/{key}").body == {"id": key}
    assert client.get(f"{path(site)}/line_items").body == []


def test_direct_costs_are_found_by_number_and_lines_by_direct_cost(client: Client, site: Site) -> None:
    first, second = bill(client, site), bill(client, site, invoice_number="INV-2")
    listed = client.get(f"{path(site)}?filters[invoice_number]=INV-2").body
    assert [row["id"] for row in listed] == [second["id"]]
    lines = client.get(f"{path(site)}/line_items?filters[direct_cost_id]={first['id']}").body
    assert [line["holder"]["id"] for line in lines] == [first["id"]]


def test_a_person_s_direct_cost_comes_with_its_lines(client: Client, site: Site) -> None:
    line = {"cost_code_id": site.walls, "line_item_type_id": site.types["E"], "amount": "9.5"}
    record = {"direct_cost_type": "expense", "status": "approved", "origin_id": "seen", "line_items": [line]}
    key = client.seed("direct_costs", project_id=site.project, **record)["id"]
    shown = client.get(f"{path(site, 'v1.1')}/{key}").body
    assert (shown["origin_id"], shown["line_items"][0]["wbs_code"]["flat_code"]) == ("seen", "03-300.E")
