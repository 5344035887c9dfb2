"""Costs that began in the books become direct costs, one for each project, and follow their documents."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from jobledger.pipeline.run import Scope
from jobledger.store.tables import intent
from tests.pipeline.linked import site_of
from tests.pipeline.night import Died, Night, dies_at
from tests.pipeline.site import BILLING, CONTRACTS, SLABS, WALLS, Site

Row = dict[str, Any]


@pytest.fixture
def site(night: Night) -> Site:
    return site_of(night)


def run(site: Site, **options: Any) -> Row:
    """A night of job costs, an hour after the last."""
    site.night.later(hours=1)
    return site.night.run("job_costs", **options)["job_costs"]


def lines(site: Site, cost: Row) -> list[Row]:
    """The lines of a direct cost, without their ids."""
    shown = ("description", "quantity", "unit_cost", "amount")
    rows = [one for one in site.stage.records("procore.direct_cost_line_items") if one["direct_cost_id"] == cost["id"]]
    return [{name: one[name] for name in shown} for one in rows]


def amounts(site: Site) -> list[tuple[str, str | None, Decimal]]:
    """Each direct cost by project and number: what its lines amount to."""
    names = {one["id"]: one["name"] for one in site.stage.records("procore.projects")}
    found = [
        (names[one["project_id"]], one["invoice_number"], sum(Decimal(line["amount"]) for line in lines(site, one)))
        for one in site.costs()
    ]
    return sorted(found, key=str)


def told(site: Site) -> str:
    """Why the only open job cost is held, and what to do."""
    [held] = site.night.open("job_costs")
    return f"{held.outcome}: {held.reason} {held.remedy}"


def quiet(site: Site) -> bool:
    """Whether a further night writes nothing."""
    before = site.night.writes()
    run(site)
    return site.night.writes() == before


def test_a_run_for_one_project_leaves_the_costs_of_all_others_alone(site: Site) -> None:
    site.bill(site.cost("10.00"), site.cost("20.00", project="Depot"))
    run(site, scope=Scope(only_projects=(str(site.depot),)))
    assert amounts(site) == [("Depot", "1001", Decimal("20.00"))]
    run(site)
    assert amounts(site) == [("Depot", "1001", Decimal("20.00")), ("Tower", "1001", Decimal("10.00"))]


# --- what becomes of each kind of document ---------------------------------------------------------------------------


@pytest.mark.feature("XER-108", "XER-148", "XER-151", "XER-152", "XER-153", "XER-154", "XER-155", "XER-156", "XER-157")
@pytest.mark.feature("XER-147", "XER-158", "XER-159", "XER-160", "XER-161", "XER-162", "XTR-22", "PRC-API-25", "ACC-23")
def test_a_bill_becomes_an_approved_direct_cost_of_type_invoice(site: Site) -> None:
    bill = site.bill(site.cost("12.5075", Quantity=3, Description="Rebar"), site.cost("100.00", code=SLABS))
    assert run(site) == {"created": 1}
    [made] = site.costs()
    wanted = {
        "project_id": site.project,
        "direct_cost_type": "invoice",
        "vendor_id": site.vendor["id"],
        "invoice_number": "1001",
        "direct_cost_date": "2026-03-01",
        "received_date": "2026-03-01",
        "status": "approved",
        "description": None,
        "origin_id": f"xero:cost:bill:{bill['InvoiceID']}/{site.option('Tower')['TrackingOptionID']}",
    }
    assert {name: made[name] for name in wanted} == wanted
    rows = site.stage.records("procore.direct_cost_line_items")
    assert [one["wbs_code_id"] for one in rows] == [site.codes[WALLS], site.codes[SLABS]]
    rebar, work = lines(site, made)
    assert (rebar["description"], Decimal(rebar["quantity"]), Decimal(rebar["unit_cost"])) == (
        *("Rebar", Decimal(3)),
        Decimal("12.5075"),
    )
    assert (rebar["amount"], work["amount"]) == ("37.52", "100.00")
    assert quiet(site)


@pytest.mark.feature("XER-148", "XER-150", "XER-153", "XER-155", "XER-156", "XTR-22", "ACC-23")
@pytest.mark.parametrize(
    ("make", "kind", "number", "amount"),
    [
        (lambda site: site.supplier_credit(site.cost("30.00"), number="CN-7"), "invoice", "CN-7", "-30.00"),
        (lambda site: site.bank("SPEND", site.cost("54.00"), Reference="Card 17"), "expense", None, "54.00"),
        (lambda site: site.bank("RECEIVE", site.cost("5.00"), Reference="Card 17"), "expense", None, "-5.00"),
    ],
    ids=["supplier credit", "spend money", "refund"],
)
def test_credits_spend_money_and_refunds_have_their_type_and_sign(
    site: Site, make: Any, kind: str, number: str | None, amount: str
) -> None:
    document = make(site)
    assert run(site) == {"created": 1}
    [made] = site.costs()
    assert (made["direct_cost_type"], made["invoice_number"], made["status"]) == (kind, number, "approved")
    assert [one["amount"] for one in lines(site, made)] == [amount]
    assert made["description"] == (document.get("Reference") or None)
    assert made["received_date"] == "2026-03-01"
    assert quiet(site)


@pytest.mark.feature("ACC-1", "XTR-22", "ACC-31")
def test_a_bill_over_three_projects_is_three_direct_costs_that_add_up(site: Site) -> None:
    third = site.new_project("Annex")
    site.wbs(site.walls, "S", third)
    site.night.run("projects")
    bill = site.bill(site.cost("33.33"), site.cost("33.33", "Depot"), site.cost("33.34", "Annex"), site.cost("0.01"))
    assert run(site) == {"created": 3}
    assert amounts(site) == [
        ("Annex", "1001", Decimal("33.34")),
        ("Depot", "1001", Decimal("33.33")),
        ("Tower", "1001", Decimal("33.34")),
    ]
    assert sum(amount for _, _, amount in amounts(site)) == bill["Total"]
    money = site.night.history("job_costs")[0].money
    assert (money["source"], money["posted"], money["held"], money["difference"]) == ("100.01", "100.01", "0", "0.00")
    assert quiet(site)


@pytest.mark.feature("ACC-1", "XTR-22")
def test_the_part_of_a_bill_without_a_project_is_named_and_the_others_go_on(site: Site) -> None:
    site.bill(site.cost("60.00"), site.cost("40.00", None))
    assert run(site) == {"created": 1, "not_chosen": 1}
    assert amounts(site) == [("Tower", "1001", Decimal("60.00"))]


@pytest.mark.feature("XTR-22")
def test_plain_overheads_are_no_job_costs(site: Site) -> None:
    site.bill(site.cost("500.00", None, None))
    site.bank("SPEND", site.cost("9.00", None, None))
    assert run(site) == {}
    assert site.costs() == []


# --- numbers, codes, what cannot be carried over ---------------------------------------------------------------------


@pytest.mark.feature("ACC-23", "XER-155")
def test_a_bill_without_a_reference_gets_a_number_of_its_own(site: Site) -> None:
    bill = site.bill(site.cost("60.00"), number=None)
    assert run(site) == {"created": 1}
    assert amounts(site) == [("Tower", f"XERO-{bill['InvoiceID'][:8]}", Decimal("60.00"))]


@pytest.mark.feature("ACC-23", "XER-155")
def test_a_number_that_is_taken_in_the_project_is_told_apart_by_the_vendor(site: Site) -> None:
    typed = {"direct_cost_type": "invoice", "vendor_id": site.vendor["id"], "direct_cost_date": "2025-06-01"}
    line = {"wbs_code_id": site.codes[WALLS], "amount": "7.00"}
    site.seed("direct_costs", {"project_id": site.project, "invoice_number": "1001", **typed, "line_items": [line]})
    site.bill(site.cost("60.00"), Date="2026-03-01")
    assert run(site) == {"created": 1}
    assert ("Tower", "1001 (Acme)", Decimal("60.00")) in amounts(site)
    assert "1001 is taken: it is sent as '1001 (Acme)'" in site.night.told("job_costs")["Acme"]
    assert quiet(site)


@pytest.mark.feature("ACC-23", "XER-158")
def test_a_budget_code_that_the_project_lacks_is_added_before_the_line(site: Site) -> None:
    site.bill(site.cost("60.00", "Depot", SLABS))
    assert run(site) == {"created": 1}
    [line] = site.stage.records("procore.direct_cost_line_items")
    code = next(one for one in site.stage.records("procore.wbs_codes") if one["id"] == line["wbs_code_id"])
    assert (code["project_id"], code["line_item_type_id"]) == (site.depot, site.types["M"])


def of_unlinked_item(site: Site) -> Row:
    site.books("items", {"Code": "NAILS", "PurchaseDetails": {"AccountCode": "5000"}})
    return site.bill(site.cost("60.00", code="NAILS"))


def of_unlinked_option(site: Site) -> Row:
    site.night.option("Warehouse")
    return site.bill(site.cost("60.00", "Warehouse"))


def of_unlinked_contact(site: Site) -> Row:
    contact = site.night.contact("Bolt & Co")
    return site.bill(site.cost("60.00"), Contact={"ContactID": contact["ContactID"]})


@pytest.mark.feature("XTR-22", "ACC-23", "XER-154", "XER-158")
@pytest.mark.parametrize(
    ("make", "why"),
    [
        (of_unlinked_item, "NAILS"),
        (of_unlinked_option, "Warehouse"),
        (of_unlinked_contact, "Bolt & Co"),
        (lambda site: site.bill(site.cost("60.00", code=None)), "1 of 1 lines have no item"),
        (lambda site: site.bill(site.cost("60.00"), site.cost("1.00", code=None)), "1 of 2 lines have no item"),
    ],
    ids=["item", "option", "contact", "no item", "one line without"],
)
def test_what_is_not_linked_is_blocked_and_named(site: Site, make: Any, why: str) -> None:
    make(site)
    site.night.run("contacts", "tracking_options")
    site.night.run("items")
    assert run(site) == {"blocked": 1}
    assert why in told(site)
    assert told(site).startswith("blocked: ")
    assert site.costs() == []


@pytest.mark.feature("XTR-22")
def test_a_draft_is_not_carried_over_until_it_is_approved(site: Site) -> None:
    bill = site.bill(site.cost("60.00"), Status="DRAFT")
    assert run(site) == {"not_chosen": 1}
    site.change("invoices", bill, Status="AUTHORISED")
    assert run(site) == {"created": 1}


@pytest.mark.feature("XTR-22", "ACC-23")
def test_a_cost_goes_out_once_its_item_is_linked(site: Site) -> None:
    stairs = site.books("items", {"Code": "03-320.S", "PurchaseDetails": {"AccountCode": "5000"}})
    site.bill(site.cost("60.00", code=stairs["Code"]))
    assert run(site) == {"blocked": 1}
    site.wbs(site.stairs, "S")
    site.night.run("cost_codes", "items")
    assert run(site) == {"created": 1}
    assert amounts(site) == [("Tower", "1001", Decimal("60.00"))]


# --- settings --------------------------------------------------------------------------------------------------------


@pytest.mark.feature("XER-83")
def test_only_the_projects_of_the_setting_get_costs(site: Site) -> None:
    site.night.set(job_costs={"projects": [site.depot]})
    site.bill(site.cost("60.00"), site.cost("40.00", "Depot"))
    assert run(site) == {"created": 1, "not_chosen": 1}
    assert amounts(site) == [("Depot", "1001", Decimal("40.00"))]
    site.night.set(job_costs={"projects": "all"})
    run(site)
    assert amounts(site)[1] == ("Tower", "1001", Decimal("60.00"))


@pytest.mark.feature("ACC-25")
def test_card_accounts_that_another_integration_brings_are_left_out(site: Site) -> None:
    site.night.set(job_costs={"exclude_accounts": ["091"]})
    site.bank("SPEND", site.cost("54.00"), account="091")
    site.bank("SPEND", site.cost("8.00"), account="090")
    assert run(site) == {"created": 1, "not_chosen": 1}
    assert amounts(site) == [("Tower", None, Decimal("8.00"))]


@pytest.mark.feature("XER-85", "XTR-38")
def test_a_synced_direct_cost_can_be_edited_only_where_the_setting_allows_it(site: Site) -> None:
    site.bill(site.cost("60.00"))
    run(site)
    assert site.costs()[0]["origin_id"]
    site.night.set(job_costs={"edit_synced": True})
    site.bill(site.cost("70.00"), number="1002")
    run(site)
    assert site.costs()[1]["origin_id"] is None
    assert quiet(site)


@pytest.mark.feature("XER-85", "XTR-38")
def test_an_edit_in_procore_stays_there_until_a_change_in_xero_writes_over_it(site: Site) -> None:
    site.night.set(job_costs={"edit_synced": True})
    bill = site.bill(site.cost("60.00"))
    run(site)
    [made] = site.costs()
    [line] = site.stage.records("procore.direct_cost_line_items")
    site.night.later(minutes=5)
    site.seed("direct_cost_line_items", {"id": line["id"], "amount": "55.00", "extended_type": "manual"})
    site.seed("direct_costs", {"id": made["id"], "description": "Typed in Procore"})
    assert quiet(site)
    assert amounts(site) == [("Tower", "1001", Decimal("55.00"))]
    assert bill["Total"] == next(one for one in site.stage.records("xero.invoices"))["Total"]
    site.change("invoices", bill, LineItems=[site.edited(bill["LineItems"][0], UnitAmount=Decimal("61.00"))])
    assert run(site) == {"updated": 1}
    assert amounts(site) == [("Tower", "1001", Decimal("61.00"))]
    assert quiet(site)


# --- what happens later ----------------------------------------------------------------------------------------------


@pytest.mark.feature("ACC-27", "ACC-30")
@pytest.mark.parametrize("step", [None, "unlocked", "changed", "locked"])
def test_an_edited_bill_is_followed_under_our_lock_even_if_the_run_dies(site: Site, step: str | None) -> None:
    bill = site.bill(site.cost("60.00"), site.cost("40.00", "Depot"))
    run(site)
    [first, second] = bill["LineItems"]
    site.change(
        "invoices",
        bill,
        LineItems=[site.edited(first, UnitAmount=Decimal("65.00")), site.edited(second), site.cost("5.00")],
    )
    if step:
        with pytest.raises(Died):
            run(site, at_point=dies_at(f"step {step}"))
    run(site)
    assert amounts(site) == [("Depot", "1001", Decimal("40.00")), ("Tower", "1001", Decimal("70.00"))]
    assert all(one["origin_id"] and one["status"] == "approved" for one in site.costs())
    assert not [one for one in site.night.rows(intent) if one.state == "open"]
    assert quiet(site)


@pytest.mark.feature("XER-151", "XER-154", "XER-156", "ACC-30")
def test_another_date_changes_the_head_of_a_direct_cost_and_leaves_its_lines(site: Site) -> None:
    bill = site.bill(site.cost("60.00"), site.cost("40.00", code=SLABS))
    run(site)
    before = site.stage.records("procore.direct_cost_line_items")
    site.change("invoices", bill, Date="2026-03-05")
    assert run(site) == {"updated": 1}
    [made] = site.costs()
    assert (made["direct_cost_date"], made["received_date"], bool(made["origin_id"])) == (*["2026-03-05"] * 2, True)
    assert site.stage.records("procore.direct_cost_line_items") == before
    assert quiet(site)


MOVING = [f"step {one}" for one in ("unlocked", "removed", "header", "lines", "locked")]


@pytest.mark.feature("ACC-1", "ACC-27", "ACC-30")
@pytest.mark.parametrize("point", [None, "mapped", "intent_open", *MOVING, "answered", "linked"])
def test_a_bill_recoded_to_another_project_moves_even_if_the_run_dies(site: Site, point: str | None) -> None:
    bill = site.bill(site.cost("60.00"))
    run(site)
    site.change("invoices", bill, LineItems=[site.edited(bill["LineItems"][0], Tracking=[site.option("Depot")])])
    if point:
        with pytest.raises(Died):
            run(site, at_point=dies_at(point))
        run(site)
    else:
        assert run(site) == {"removed": 1, "created": 1}
    assert amounts(site) == [("Depot", "1001", Decimal("60.00"))]
    assert quiet(site)


@pytest.mark.feature("ACC-30")
def test_a_bill_recoded_back_stays_away_until_a_person_lets_it_come_again(site: Site) -> None:
    bill = site.bill(site.cost("60.00"))
    run(site)
    for project in ("Depot", "Tower"):
        site.change("invoices", bill, LineItems=[site.edited(bill["LineItems"][0], Tracking=[site.option(project)])])
        counts = run(site)
    assert counts == {"removed": 1, "conflict": 1}
    assert site.costs() == []
    assert "links unlink test job_costs" in told(site)


@pytest.mark.feature("ACC-30", "ACC-27")
def test_a_voided_bill_takes_all_its_direct_costs_away_and_they_stay_away(site: Site) -> None:
    bill = site.bill(site.cost("60.00"), site.cost("40.00", "Depot"))
    spent = site.bank("SPEND", site.cost("9.00"))
    run(site)
    site.change("invoices", bill, Status="VOIDED")
    site.change("bank_transactions", spent, Status="DELETED")
    assert run(site) == {"removed": 3}
    assert site.costs() == []
    assert quiet(site)


@pytest.mark.feature("ACC-27", "ACC-30", "PRC-API-37")
@pytest.mark.parametrize("event", ["edited", "voided"])
def test_where_procore_refuses_to_unlock_it_is_a_conflict_with_the_amount(site: Site, event: str) -> None:
    bill = site.bill(site.cost("60.00"))
    run(site)
    site.seed("settings", {"id": "locks", "unlocking": "refused"})
    dearer = [site.edited(bill["LineItems"][0], UnitAmount=Decimal("65.00"))]
    site.change("invoices", bill, **({"Status": "VOIDED"} if event == "voided" else {"LineItems": dearer}))
    assert run(site) == {"conflict": 1}
    wanted = {"edited": "should be 65.00", "voided": "should be taken away"}[event]
    assert f"over 60.00 is locked and {wanted}" in told(site)
    assert "administrator" in told(site)
    assert amounts(site) == [("Tower", "1001", Decimal("60.00"))]
    site.seed("settings", {"id": "locks", "unlocking": "allowed"})
    run(site)
    assert amounts(site) == ([] if event == "voided" else [("Tower", "1001", Decimal("65.00"))])


@pytest.mark.feature("ACC-23", "ACC-27")
@pytest.mark.parametrize("step", ["header", "lines", "locked"])
def test_a_cost_killed_while_it_is_made_is_one_and_whole_after_the_next_run(site: Site, step: str) -> None:
    site.bill(site.cost("60.00"), site.cost("40.00", "Depot"))
    with pytest.raises(Died):
        run(site, at_point=dies_at(f"step {step}"))
    run(site)
    assert amounts(site) == [("Depot", "1001", Decimal("40.00")), ("Tower", "1001", Decimal("60.00"))]
    assert all(one["origin_id"] and one["status"] == "approved" for one in site.costs())
    assert quiet(site)


# --- what came from Procore never goes back, and no cost enters twice ------------------------------------------------


def exported(site: Site) -> Row:
    """An invoice of Acme's subcontract, exported as a bill."""
    january = site.billed(site.subcontract(retainage_percent="0"), 1, "1000.00", invoice_number="RA-1")
    site.night.run(*CONTRACTS)
    site.night.run(*BILLING)
    return january


@pytest.mark.feature("ACC-24", "ACC-25")
def test_a_bill_that_came_from_procore_is_never_written_back(site: Site) -> None:
    exported(site)
    assert run(site) == {"not_chosen": 1}
    assert site.costs() == []


@pytest.mark.feature("ACC-25")
def test_a_bill_is_ours_by_its_url_before_anybody_has_linked_it(site: Site) -> None:
    """As after a lost answer: neither a link nor an invoice that could be its counterpart."""
    site.bill(site.cost("1000.00"), Url="https://app.procore.com/1/project/requisitions#procore-99")
    assert run(site) == {"not_chosen": 1}


@pytest.mark.feature("ACC-24", "ACC-25", "ACC-4")
def test_a_bill_typed_in_xero_and_linked_with_its_invoice_is_never_written_back(site: Site) -> None:
    contract = site.subcontract(retainage_percent="0")
    site.billed(contract, 1, "1000.00", invoice_number="RA-1", billing_date="2026-02-25")
    typed = site.bill(site.cost("1000.00"), number="RA-1")
    site.night.run(*CONTRACTS)
    site.night.run(*BILLING)
    assert list(site.night.links("invoices").values()) == [typed["InvoiceID"]]
    assert run(site) == {"not_chosen": 1}
    site.night.set(job_costs={"import_exported_bills": True})
    assert run(site) in ({}, {"not_chosen": 1})
    assert site.costs() == []


@pytest.mark.feature("ACC-24", "XER-149", "XER-153")
def test_a_bill_that_came_from_procore_is_a_subcontractor_invoice_where_both_sides_allow_it(site: Site) -> None:
    exported(site)
    site.night.set(job_costs={"import_exported_bills": True})
    assert run(site) == {"invalid": 1}
    assert site.costs() == []
    site.seed("settings", {"id": "direct_costs", "subcontractor_invoice": True})
    assert run(site) == {"created": 1}
    [made] = site.costs()
    assert (made["direct_cost_type"], made["description"]) == ("subcontractor_invoice", made["invoice_number"])
    assert amounts(site) == [("Tower", made["invoice_number"], Decimal("1000.00"))]


@pytest.mark.feature("ACC-25")
def test_a_bill_that_may_belong_to_an_invoice_waits_until_a_person_says_that_it_does_not(site: Site) -> None:
    contract = site.subcontract(retainage_percent="0")
    january = site.billed(contract, 1, "1000.00", invoice_number="RA-1", billing_date="2026-02-25")
    typed = site.bill(site.cost("1000.00"), number="77")
    site.night.run(*CONTRACTS)
    assert site.night.run(*BILLING)["invoices"] == {"conflict": 1}
    assert run(site) == {"conflict": 1}
    assert "may be the bill of something that Procore counts already" in told(site)
    assert f"links dismiss test invoices {january['id']} {typed['InvoiceID']}" in told(site)
    site.dismiss("invoices", january["id"], typed["InvoiceID"])
    site.night.run(*BILLING)
    assert run(site)["created"] == 1
    assert amounts(site) == [("Tower", "77", Decimal("1000.00"))]
    assert len(site.night.links("invoices")) == 1


@pytest.mark.feature("ACC-25")
def test_a_like_bill_of_another_season_does_not_wait(site: Site) -> None:
    contract = site.subcontract(retainage_percent="0")
    site.billed(contract, 1, "1000.00", invoice_number="RA-1", billing_date="2026-01-10")
    site.bill(site.cost("1000.00"), number="77", Date="2026-02-25")
    assert run(site) == {"created": 1}


@pytest.mark.feature("ACC-4")
def test_a_direct_cost_that_somebody_typed_in_procore_is_linked_and_not_made_again(site: Site) -> None:
    head = {"project_id": site.project, "vendor_id": site.vendor["id"], "direct_cost_type": "invoice"}
    line = {"wbs_code_id": site.codes[WALLS], "amount": "60.00"}
    typed = {"invoice_number": "1001", "direct_cost_date": "2026-03-01", "status": "approved", "line_items": [line]}
    site.seed("direct_costs", {**head, **typed})
    site.bill(site.cost("60.00"))
    run(site)
    assert len(site.costs()) == 1
    assert len(site.night.links("job_costs")) == 1
    assert quiet(site)
