from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.procore_client import COMPANY, Client, Site

PAYMENTS = "/rest/v1.0/contract_payments"


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.fixture
def site(client: Client) -> Site:
    return Site(client)


def contract(client: Client, site: Site, **more: Any) -> dict[str, Any]:
    """A prime contract over 100,000.00 and 50,000.00 with 10 % retainage."""
    owner = client.seed("vendors", name="School District")["id"]
    rows = [
        {"wbs_code_id": site.walls_s, "amount": "100000.00", "description": "Walls"},
        {"wbs_code_id": site.slabs_m, "amount": "50000.00", "description": "Slabs"},
    ]
    header = {"vendor_id": owner, "title": "School", "status": "Approved", "retainage_percent": "10"}
    made: dict[str, Any] = client.seed(
        "prime_contracts", **{"project_id": site.project, **header, "line_items": rows, **more}
    )
    return made


def applications(made: dict[str, Any]) -> str:
    return f"/rest/v1.0/prime_contracts/{made['id']}/payment_applications"


def items(client: Client, made: dict[str, Any]) -> list[dict[str, Any]]:
    rows = client.vendor.state.find("prime_contract_line_items", "contract_id", made["id"])
    return sorted(rows, key=lambda row: int(row["position"]))


def apply(client: Client, site: Site, made: dict[str, Any], *rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    period = {"project_id": site.project, "status": "open", "due_date": "2026-06-30"}
    days = {"start_date": "2026-05-01", "end_date": "2026-05-31"}
    given = {"commitment_billing_period_id": client.seed("billing_periods", **period, **days)["id"], **more}
    body = {"project_id": site.project, "payment_application": {**given, "items": list(rows)}}
    answer = client.post(applications(made), body)
    assert answer.status == 201, answer.body
    result: dict[str, Any] = answer.body
    return result


def test_prime_contracts_are_listed_with_their_owner(client: Client, site: Site) -> None:
    made = contract(client, site)
    [row] = client.get(f"/rest/v1.0/prime_contracts?{site.query}").body
    assert (row["vendor"]["name"], row["grand_total"]) == ("School District", "150000.00")
    assert client.get(f"/rest/v1.0/prime_contract?{site.query}").body["id"] == made["id"]
    lines = client.get(f"/rest/v1.0/prime_contracts/{made['id']}/line_items?{site.query}").body
    assert [line["wbs_code"]["flat_code"] for line in lines] == ["03-300.S", "03-310.M"]


def test_an_approved_prime_contract_keeps_its_owner_and_lines(client: Client, site: Site) -> None:
    made = contract(client, site)
    path = f"/rest/v1.0/prime_contract/{made['id']}"
    other = {"project_id": site.project, "prime_contract": {"vendor_id": site.vendor}}
    assert client.patch(path, other).status == 422
    assert client.patch(path, {"project_id": site.project, "prime_contract": {"title": "New"}}).status == 200
    line = {"project_id": site.project, "line_item": {"wbs_code_id": site.walls_s, "amount": 1}}
    assert client.post(f"/rest/v1.0/prime_contracts/{made['id']}/line_items", line).status == 422


def test_applications_are_reckoned_line_by_line_with_what_came_before(client: Client, site: Site) -> None:
    made = contract(client, site)
    walls, slabs = (line["id"] for line in items(client, made))
    first = apply(
        client,
        site,
        made,
        {"line_item_id": walls, "work_completed_this_period": "40000.00"},
        {
            "line_item_id": slabs,
            "materials_presently_stored": "10000.00",
            "materials_stored_retainage_retained_this_period": "1000.00",
        },
        status="approved",
    )
    assert (first["g702"]["current_payment_due"], first["g702"]["total_retainage"]) == ("45000.00", "5000.00")
    used = {
        "work_completed_this_period": "15000.00",
        "materials_presently_stored": "0.00",
        "work_completed_retainage_retained_this_period": "1500.00",
        "materials_stored_retainage_released_this_period": "1000.00",
    }
    released = {"work_completed_retainage_released_this_period": "2000.00"}
    second = apply(client, site, made, {"line_item_id": slabs, **used}, {"line_item_id": walls, **released})
    # gross 15,000 less 10,000 of materials that are used up; held 1,500; released 1,000 and 2,000
    assert second["total_amount_accrued_this_period"] == "5000.00"
    assert (second["g702"]["current_payment_due"], second["g702"]["total_retainage"]) == ("6500.00", "3500.00")
    line = second["g703"][1]
    assert (line["origin_type"], line["origin_id"]) == ("LineItem", slabs)
    assert line["total_completed_and_stored_to_date"] == "15000.00"
    assert line["total_retainage_currently_retained"] == "1500.00"
    assert second["number"] == 2


def test_an_application_waits_for_the_approval_of_the_one_before(client: Client, site: Site) -> None:
    made = contract(client, site)
    apply(client, site, made)
    refused = client.post(applications(made), {"project_id": site.project, "payment_application": {"status": "draft"}})
    assert refused.body == {"errors": {"base": ["The previous invoice is not approved"]}}
    draft = contract(client, site, status="Draft")
    refused = client.post(applications(draft), {"project_id": site.project, "payment_application": {"status": "draft"}})
    assert refused.body == {"errors": {"contract": ["must be approved"]}}


def test_an_origin_id_locks_an_application_and_its_lines(client: Client, site: Site) -> None:
    made = contract(client, site)
    path = f"{applications(made)}/{apply(client, site, made)['id']}"

    def change(**fields: Any) -> int:
        return client.patch(path, {"project_id": site.project, "payment_application": fields}).status

    assert change(origin_id="x:1") == 200
    assert change(invoice_number="7") == 422
    [application] = client.get(f"/rest/v1.0/payment_applications?{site.query}").body
    shown = client.get(f"/rest/v1.0/payment_applications/{application['id']}?{site.query}").body
    line = f"/rest/v1.0/prime_contracts/{made['id']}/payment_application_line_items/{shown['g703'][0]['id']}"
    body = {"project_id": site.project, "payment_application_line_item": {"work_completed_this_period": "1"}}
    assert client.patch(line, body).status == 422
    assert (change(origin_id=None), client.patch(line, body).status) == (200, 200)


def test_payments_received_are_payments_of_the_prime_contract(client: Client, site: Site) -> None:
    made = contract(client, site)
    apply(client, site, made, invoice_number="A-1")
    place = {"project_id": site.project, "contract_id": made["id"]}
    payment = {"date": "2026-06-20", "amount": "500.00", "invoice_number": "A-1"}
    assert client.post(PAYMENTS, {**place, "contract_payment": payment}).status == 201
    [listed] = client.get(f"{PAYMENTS}?{site.query}&contract_id={made['id']}").body
    assert listed["amount"] == "500.00"
    [application] = client.get(f"/rest/v1.0/payment_applications?{site.query}").body
    assert application["total_amount_paid"] == "500.00"


def test_payments_received_need_the_tool_of_prime_contracts(client: Client, site: Site) -> None:
    made = contract(client, site)
    client.seed("projects", id=site.project, disabled_tools=["prime_contracts"])
    assert client.get(f"{PAYMENTS}?{site.query}&contract_id={made['id']}").status == 403
    assert client.get(f"/rest/v1.0/prime_contracts?{site.query}&company_id={COMPANY}").status == 403
    subcontract = site.subcontract(client)
    assert client.get(f"{PAYMENTS}?{site.query}&contract_id={subcontract}").status == 200
