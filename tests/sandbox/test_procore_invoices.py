from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.procore_client import COMPANY, Client, Site

REQUISITIONS = "/rest/v1.1/requisitions"
PAYMENTS = "/rest/v1.0/contract_payments"


class Billing:
    """A subcontract over 15,000.00 with 10 % retainage, billed month by month."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.site = Site(client)
        self.contract = self.site.subcontract(client)
        lines = client.get(f"/rest/v1.0/work_order_contracts/{self.contract}/line_items?{self.site.query}").body
        self.walls, self.slabs = (line["id"] for line in lines)
        self.month = 0

    def period(self, **more: Any) -> int:
        self.month += 1
        days = {"start_date": f"2026-{self.month:02d}-01", "end_date": f"2026-{self.month:02d}-28"}
        period = {"project_id": self.site.project, "status": "open", "due_date": "2026-12-31", **days, **more}
        return int(self.client.seed("billing_periods", **period)["id"])

    def bill(self, *items: dict[str, Any], **header: Any) -> Any:
        requisition = {"period_id": self.period(), "status": "approved", "items": list(items), **header}
        body = {"project_id": self.site.project, "commitment_id": self.contract, "requisition": requisition}
        return self.client.post(f"{REQUISITIONS}?view=items", body)

    def item(self, line: int, **fields: str) -> dict[str, Any]:
        return {"item_type": "contract_item", "line_item_id": line, **fields}

    def patch(self, key: int, **fields: Any) -> Any:
        return self.client.patch(f"{REQUISITIONS}/{key}", {"project_id": self.site.project, "requisition": fields})


@pytest.fixture
def billing() -> Billing:
    return Billing(Client())


def work(value: str, retained: str | None = None) -> dict[str, str]:
    held = {} if retained is None else {"work_completed_retainage_retained_this_period": retained}
    return {"work_completed_this_period": value, **held}


def test_an_invoice_bills_every_line_and_retains_the_contract_s_rate(billing: Billing) -> None:
    answer = billing.bill(billing.item(billing.walls, **work("2500")))
    assert answer.status == 201
    items = answer.body["items"]
    assert [item["line_item_id"] for item in items] == [billing.walls, billing.slabs]
    assert (items[0]["gross_amount"], items[0]["net_amount"]) == ("2500.00", "2250.00")
    assert items[0]["work_completed_retainage_retained_this_period"] == "250.00"
    assert answer.body["summary"]["current_payment_due"] == "2250.00"


def test_retainage_that_is_named_is_kept_even_if_it_is_nothing(billing: Billing) -> None:
    answer = billing.bill(billing.item(billing.walls, **work("2500", "0.00")))
    assert answer.body["summary"]["total_retainage"] == "0.00"


def test_five_months_of_one_subcontract_add_up(billing: Billing) -> None:
    client, site = billing.client, billing.site
    billing.bill(billing.item(billing.walls, **work("4000")), billing.item(billing.slabs, new_materials="1000"))
    billing.bill(
        billing.item(billing.walls, **work("3000")),
        billing.item(billing.slabs, materials_presently_stored="0", **work("1000")),
    )
    line = {"wbs_code_id": site.walls_s, "amount": "-1000", "description": "Less wall"}
    package = {"contract_id": billing.contract, "title": "Deduct", "status": "approved", "line_items": [line]}
    deduction = client.seed("change_order_packages", **package)
    third = billing.bill(billing.item(billing.walls, **work("3000")), status="draft").body
    change = next(item for item in third["items"] if item["item_type"] == "change_order_item")
    item = {"id": change["id"], "item_type": "change_order_item", **work("-1000")}
    billing.patch(third["id"], items=[item], status="approved")
    billing.bill(
        billing.item(billing.slabs, work_completed_retainage_released_this_period="50", **work("4000")),
        billing.item(billing.walls, work_completed_retainage_released_this_period="500"),
    )
    last = billing.bill(
        billing.item(billing.walls, work_completed_retainage_released_this_period="500"),
        billing.item(billing.slabs, work_completed_retainage_released_this_period="450"),
        {**item, "line_item_id": change["line_item_id"], "id": None, **work("0", "0")}
        | {"work_completed_retainage_released_this_period": "-100"},
        final=True,
    ).body

    rows = client.get(f"{REQUISITIONS}?{site.query}").body
    due = [Decimal(row["summary"]["current_payment_due"]) for row in rows]
    assert due == [Decimal(value) for value in ("4500.00", "2700.00", "1800.00", "4150.00", "850.00")]
    summary = last["summary"]
    assert sum(due) == Decimal(summary["contract_sum_to_date"]) == Decimal("14000.00")
    assert (summary["total_retainage"], summary["balance_to_finish_including_retainage"]) == ("0.00", "0.00")
    assert summary["net_change_by_change_orders"] == deduction["grand_total"] == "-1000.00"
    assert (last["percent_complete"], last["final"]) == ("100.00", True)


def test_materials_used_up_become_work(billing: Billing) -> None:
    first = billing.bill(billing.item(billing.slabs, materials_presently_stored="1000")).body
    assert first["summary"]["stored_materials_retainage_amount"] == "100.00"
    used = billing.item(billing.slabs, materials_presently_stored="0", **work("1000"))
    second = billing.bill(used).body
    slabs = next(item for item in second["items"] if item["line_item_id"] == billing.slabs)
    names = ("materials_presently_stored_from_previous_progress", "gross_amount", "net_amount")
    assert [slabs[name] for name in names] == ["1000.00", "0.00", "0.00"]
    assert second["summary"]["current_payment_due"] == "0.00"


def test_materials_stay_stored_when_nobody_says_otherwise(billing: Billing) -> None:
    billing.bill(billing.item(billing.slabs, materials_presently_stored="1000"))
    second = billing.bill(billing.item(billing.walls, **work("100"))).body
    slabs = next(item for item in second["items"] if item["line_item_id"] == billing.slabs)
    assert (slabs["materials_presently_stored"], slabs["gross_amount"]) == ("1000.00", "0.00")


def test_previous_figures_come_from_the_invoices_before(billing: Billing) -> None:
    billing.bill(billing.item(billing.walls, **work("4000")))
    second = billing.bill(billing.item(billing.walls, **work("1000"))).body
    walls = second["items"][0]
    assert walls["work_completed_from_previous_application"] == "4000.00"
    assert walls["work_completed_retainage_from_previous_application"] == "400.00"
    assert (walls["total_completed_and_stored_to_date"], second["number"]) == ("5000.00", 2)
    assert second["summary"]["less_previous_certificates_for_payment"] == "3600.00"


def test_a_unit_price_contract_is_billed_by_quantity(billing: Billing) -> None:
    client, site = billing.client, billing.site
    line = {"wbs_code_id": site.walls_s, "quantity": "100", "unit_cost": "12.50", "extended_type": "calculated"}
    billing.contract = site.subcontract(client, number="SC-9", accounting_method="unit", line_items=[line])
    line_id = client.get(f"/rest/v1.0/work_order_contracts/{billing.contract}/line_items?{site.query}").body[0]["id"]
    item = billing.bill(billing.item(line_id, work_completed_this_period_quantity="8")).body["items"][0]
    assert (item["work_completed_this_period"], item["scheduled_value"]) == ("100.00", "1250.00")


def test_change_orders_can_be_billed_as_a_whole(billing: Billing) -> None:
    client = billing.client
    kind = "work_order_contracts"
    client.seed(kind, id=billing.contract, whole_change_orders=True)
    line = {"wbs_code_id": billing.site.walls_s, "amount": "600"}
    package = {"contract_id": billing.contract, "title": "Extra", "status": "approved", "line_items": [line, line]}
    key = client.seed("change_order_packages", **package)["id"]
    body = billing.bill().body
    assert body["items"][-1]["item_type"] == "whole_change_order_item"
    assert body["items"][-1]["scheduled_value"] == "1200.00"
    assert body["item_packages"][-1]["change_order_id"] == key


def test_the_subcontractor_s_own_lines_are_billed_one_by_one(billing: Billing) -> None:
    client, site = billing.client, billing.site
    for amount in ("6000", "4000"):
        detail = {"contract_id": billing.contract, "line_item_id": billing.walls, "amount": amount}
        client.seed("contract_detail_items", **detail)
    items = billing.bill().body["items"]
    assert [(item["item_type"], item["scheduled_value"]) for item in items] == [
        ("contract_detail_item", "6000.00"),
        ("contract_detail_item", "4000.00"),
        ("contract_item", "5000.00"),
    ]
    assert site.project


def test_tax_is_reckoned_beside_the_payment_due_or_in_it(billing: Billing) -> None:
    client = billing.client
    tax = client.seed("tax_codes", code="GST", rate1="10")["id"]
    client.seed("settings", id="locks", commitments="open")
    client.seed("contract_line_items", id=billing.walls, tax_code_id=tax)
    body = billing.bill(billing.item(billing.walls, **work("1000"))).body
    summary = body["summary"]
    assert (summary["tax_applicable_to_this_payment"], summary["current_payment_due"]) == ("100.00", "900.00")
    client.seed("settings", id="invoicing", tax_in_payment_due=True)
    shown = client.get(f"{REQUISITIONS}/{body['id']}?{billing.site.query}").body
    assert shown["summary"]["current_payment_due"] == "1000.00"


def test_an_invoice_needs_an_approved_commitment_an_open_period_and_an_approved_predecessor(billing: Billing) -> None:
    client, site = billing.client, billing.site
    assert billing.bill(period_id=billing.period(status="closed")).body == {"errors": {"period": ["is closed"]}}
    assert billing.bill(status="draft").status == 201
    assert "previous invoice" in billing.bill().body["errors"]["base"][0]
    billing.contract = site.subcontract(client, number="SC-2", status="Draft")
    assert billing.bill().body == {"errors": {"commitment": ["must be approved"]}}


@pytest.mark.feature("PRC-API-33")
def test_with_an_origin_id_an_invoice_cannot_be_changed(billing: Billing) -> None:
    made = billing.bill(billing.item(billing.walls, **work("1000")), origin_id="bill-1").body
    refused = billing.patch(made["id"], billing_date="2026-01-01")
    assert refused.body["errors"]["base"] == ["The invoice is not editable because it has been synced with ERP"]
    assert billing.patch(made["id"], items=[billing.item(billing.walls, **work("1"))]).status == 422
    assert billing.client.delete(f"{REQUISITIONS}/{made['id']}?{billing.site.query}").status == 422
    assert billing.patch(made["id"], origin_id=None).status == 200
    assert billing.patch(made["id"], billing_date="2026-01-01").status == 200


def test_only_the_latest_invoice_can_be_deleted(billing: Billing) -> None:
    first, second = billing.bill().body["id"], billing.bill().body["id"]
    delete = [billing.client.delete(f"{REQUISITIONS}/{key}?{billing.site.query}").status for key in (first, second)]
    assert delete == [422, 200]
    assert not [row for row in billing.client.vendor.state.rows("requisition_items") if row["requisition_id"] == second]


def test_invoices_are_listed_by_commitment_status_and_last(billing: Billing) -> None:
    first, second = billing.bill().body["id"], billing.bill(status="draft").body["id"]

    def found(**query: object) -> list[int]:
        filters = "".join(f"&filters[{name}]={value}" for name, value in query.items())
        return [row["id"] for row in billing.client.get(f"{REQUISITIONS}?{billing.site.query}{filters}").body]

    assert found(commitment_id=billing.contract) == [first, second]
    assert (found(status="draft"), found(is_last="true"), found(commitment_id=1)) == ([second], [second], [])


def test_views_add_items_and_texts(billing: Billing) -> None:
    key = billing.bill().body["id"]
    one = f"{REQUISITIONS}/{key}?{billing.site.query}"
    assert "items" not in billing.client.get(one).body
    extended = billing.client.get(f"{one}&view=extended").body
    assert extended["summary_text"]["to_general_contractor"] == "Ironwood Builders"
    assert (extended["vendor_name"], extended["commitment_type"]) == ("Acme Concrete", "WorkOrderContract")


def test_items_are_changed_one_by_one_and_together(billing: Billing) -> None:
    made = billing.bill(status="draft").body
    walls, slabs = (item["id"] for item in made["items"])
    base = f"/rest/v1.0/requisitions/{made['id']}"
    body = {"project_id": billing.site.project, "requisition_contract_item": work("100")}
    changed = billing.client.patch(f"{base}/contract_items/{walls}", body).body
    assert (changed["work_completed_this_period"], changed["net_amount"]) == ("100.00", "90.00")
    rows = [{"id": slabs, "item_type": "contract_item", **work("50")}]
    answer = billing.client.patch(
        f"{base}/bulk_item_update", {"project_id": billing.site.project, "requisition_items": rows}
    )
    assert answer.body["summary"]["current_payment_due"] == "135.00"
    assert len(billing.client.get(f"{base}/contract_items?{billing.site.query}").body) == 2


def test_a_due_date_is_set_through_version_2(billing: Billing) -> None:
    key = billing.bill().body["id"]
    path = f"/rest/v2.0/companies/{COMPANY}/projects/{billing.site.project}/requisitions/{key}/payment_details"
    assert billing.client.patch(path, {"due_date": "2026-07-15"}).body == {"data": {"due_date": "2026-07-15"}}
    shown = billing.client.get(f"{REQUISITIONS}/{key}?{billing.site.query}&view=extended").body
    assert shown["payment_summary"]["due_date"] == "2026-07-15"


def pay(billing: Billing, **fields: Any) -> Any:
    payment = {"date": "2026-06-10", "amount": "450", "check_number": "1203", "payment_method": "check", **fields}
    place = {"project_id": billing.site.project, "contract_id": billing.contract}
    return billing.client.post(PAYMENTS, {**place, "contract_payment": payment})


def test_payments_count_on_the_commitment(billing: Billing) -> None:
    invoice = billing.bill(billing.item(billing.walls, **work("5000"))).body["id"]
    assert pay(billing, requisition_id=invoice).body["amount"] == "450.00"
    contract = f"/rest/v1.0/work_order_contracts/{billing.contract}?{billing.site.query}"
    shown = billing.client.get(contract).body
    names = ("total_payments", "remaining_balance_outstanding", "percentage_paid", "total_requisitions_amount")
    assert [shown[name] for name in names] == ["450.00", "14550.00", "3.00", "4500.00"]
    assert [row["amount"] for row in shown["payments_issued"]] == ["450.00"]


def test_payments_are_listed_per_contract_without_filters(billing: Billing) -> None:
    pay(billing)
    listed = f"{PAYMENTS}?{billing.site.query}"
    assert billing.client.get(listed).status == 400
    path = f"{listed}&contract_id={billing.contract}&filters[origin_id]=nobody"
    answer = billing.client.get(path)
    assert (len(answer.body), answer.headers["per-page"]) == (1, "20")


@pytest.mark.feature("PRC-API-35")
def test_a_payment_with_an_origin_id_keeps_all_but_its_origin(billing: Billing) -> None:
    key = pay(billing, origin_id="pay-1").body["id"]
    place = {"project_id": billing.site.project, "contract_id": billing.contract}

    def patch(**fields: object) -> int:
        return billing.client.patch(f"{PAYMENTS}/{key}", {**place, "contract_payment": fields}).status

    billing.client.seed("settings", id="locks", unlocking="refused")
    assert (patch(amount="1"), patch(origin_data="seen"), patch(origin_id=None)) == (422, 200, 200)
    assert patch(amount="1") == 200
    query = f"{billing.site.query}&contract_id={billing.contract}"
    assert billing.client.delete(f"{PAYMENTS}/{key}?{query}").status == 200


def test_a_payment_names_an_invoice_of_its_contract(billing: Billing) -> None:
    assert pay(billing, requisition_id=77).body == {"errors": {"requisition": ["must exist"]}}
    assert pay(billing, amount=None).body == {"errors": {"amount": ["can't be blank"]}}


def test_the_budget_is_synced_per_wbs_code_and_read_through_a_view(billing: Billing) -> None:
    client, site = billing.client, billing.site
    rows = [{"wbs_code_id": site.walls_s, "original_budget_amount": 1000.5}]
    body = {"project_id": site.project, "budget_line_items": rows}
    made = [client.post("/rest/v1.0/budget_line_items/sync", body).body[0] for _ in range(2)]
    assert (made[0]["id"], made[1]["original_budget_amount"]) == (made[1]["id"], Decimal("1000.50"))
    view = client.get(f"/rest/v1.0/budget_views?{site.query}").body[0]
    (row,) = client.get(view["links"]["detail_rows"]).body
    assert (row["wbs_code_id"], row["original_budget_amount"]) == (site.walls_s, "1000.50")
