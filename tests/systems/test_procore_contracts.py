"""Commitments and their change orders, as they are read from Procore, and our mark on them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from jobledger.systems.base import Window, Write, WriteResult
from jobledger.systems.procore.contracts import before_tax
from jobledger.systems.procore.entities import ENTITIES
from jobledger.systems.procore.line_codes import LineCodes
from jobledger.systems.procore.system import Procore
from jobledger.systems.procore.values import currency
from tests.systems.site import Site
from tests.systems.stage import Stage

DOCUMENTS = ("commitments", "change_orders", "invoices")
LISTS = {
    "commitments": ("/work_order_contracts", "/purchase_order_contracts"),
    "change_orders": ("/change_order_packages",),
    "invoices": ("/requisitions",),
}


@pytest.fixture
def site(stage: Stage) -> Site:
    return Site(stage)


@pytest.fixture
def system(stage: Stage) -> Procore:
    return stage.procore()


def rows(system: Procore, entity: str, **window: Any) -> list[dict[str, Any]]:
    return [row for page in system.read(entity, Window(**window)) for row in page.rows]


def order(site: Site, contract: dict[str, Any], *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    named = {
        "contract_id": contract["id"],
        "project_id": contract["project_id"],
        "title": "Extra",
        "status": "approved",
    }
    [made] = site.seed("change_order_packages", {**named, "line_items": list(lines), **more})
    return made


def mark(system: Procore, entity: str, *records: dict[str, Any], **fields: Any) -> list[WriteResult]:
    writes = [
        Write(str(row["id"]), "mark", {"origin_id": f"xero:{row['id']}", **fields}, str(row["id"])) for row in records
    ]
    return system.write(entity, writes, "k")


def test_a_purchase_order_shows_all_that_an_order_in_the_books_needs(site: Site, system: Procore) -> None:
    units = {"quantity": "12.5", "unit_cost": "31.375", "uom": "cy", "extended_type": "calculated"}
    [made] = site.seed(
        "purchase_order_contracts",
        {
            "project_id": site.project,
            "vendor_id": site.vendor["id"],
            "number": "PO-7",
            "title": "Concrete",
            "status": "Approved",
            "ship_via": "Truck",
            "accounting_method": "unit",
            "line_items": [site.line("03-300.S", "0", "Base", **units), site.line("03-310.M", "5000.00", "Slabs")],
        },
    )
    [row] = rows(system, "commitments")
    assert {name: row[name] for name in ("id", "type", "number", "title", "ship_via", "created_at")} == {
        "id": made["id"],
        "type": "purchase_order",
        "number": "PO-7",
        "title": "Concrete",
        "ship_via": "Truck",
        "created_at": "2026-03-02T08:00:00Z",
    }
    assert row["vendor"] == {"id": site.vendor["id"], "company": "Acme"}
    assert (row["project"]["id"], row["grand_total"]) == (site.project, Decimal("5392.19"))
    base, slabs = row["line_items"]
    assert base | {"id": 0} == {
        "id": 0,
        "code": "03-300.S",
        "description": "Base",
        "amount": Decimal("392.19"),
        "uom": "cy",
        "quantity": Decimal("12.5"),
        "unit_cost": Decimal("31.375"),
        "tax_code": {"id": None},
    }
    assert (slabs["code"], slabs["amount"], slabs["quantity"]) == ("03-310.M", Decimal("5000.00"), Decimal(0))


def test_tax_is_no_part_of_a_line_or_of_the_total(site: Site, system: Procore) -> None:
    [tax] = site.seed("tax_codes", {"code": "GST", "rate1": "10"})
    site.subcontract(site.line("03-300.S", "100.00", tax_code_id=tax["id"]))
    [row] = rows(system, "commitments")
    assert (row["grand_total"], row["line_items"][0]["amount"]) == (Decimal("100.00"), Decimal("100.00"))
    assert row["line_items"][0]["tax_code"] == {"id": tax["id"]}


def test_where_procores_total_holds_tax_it_is_taken_out() -> None:
    lines = [{"extended_amount": "100.00", "total_amount": "110.00"}]
    assert before_tax(Decimal("110.00"), lines) == Decimal("100.00")
    assert before_tax(Decimal("100.00"), lines) == Decimal("100.00")
    assert before_tax(Decimal("7.00"), []) == Decimal("7.00")


def test_two_calls_a_project_and_only_what_changed(stage: Stage, site: Site, system: Procore) -> None:
    site.subcontract()
    stage.sandbox.world.clock.advance(timedelta(hours=1))
    since = stage.around.clock()
    stage.sandbox.world.clock.advance(timedelta(hours=1))
    site.subcontract(number="SC-002")
    assert [row["number"] for row in rows(system, "commitments", since=since)] == ["SC-002"]
    assert len(stage.requests("procore", "GET")) == 1 + 2


@pytest.mark.parametrize("entity", DOCUMENTS)
def test_what_is_wanted_besides_what_changed_costs_no_call_more(
    stage: Stage, site: Site, system: Procore, entity: str
) -> None:
    contract = site.subcontract()
    made = {
        "commitments": lambda month: site.subcontract(number=f"SC-10{month}"),
        "change_orders": lambda month: order(site, contract, status="draft"),
        "invoices": lambda month: site.invoice(contract, month),
    }[entity]
    wanted, unwanted = made(1), made(2)
    stage.sandbox.world.clock.advance(timedelta(hours=1))
    since = stage.around.clock()
    stage.sandbox.log.clear()
    also = {str(wanted["id"]): str(site.project), str(unwanted["id"]): "another project"}
    assert [row["id"] for row in rows(system, entity, since=since, also=also)] == [wanted["id"]]
    lists = [one.path for one in stage.requests("procore", "GET") if one.path.endswith(LISTS[entity])]
    assert sorted(lists) == sorted(set(lists))


@pytest.mark.parametrize("entity", ["work_order_contracts", "change_order_packages"])
def test_what_was_deleted_is_seen_as_deleted(stage: Stage, site: Site, system: Procore, entity: str) -> None:
    contract = site.subcontract(status="Draft")
    gone = contract if entity == "work_order_contracts" else order(site, contract, status="draft")
    stage.sandbox.vendors["procore"].remove(entity, str(gone["id"]))
    name = "commitments" if entity == "work_order_contracts" else "change_orders"
    [row] = rows(system, name)
    assert row["deleted_at"] is not None
    assert ENTITIES[name].card(row).active is False
    assert [one["id"] for one in system.fetch(name, [str(gone["id"])])] == [gone["id"]]
    assert (ENTITIES[name].ledger or (lambda _: []))(row) == []


def test_a_line_on_a_sub_job_says_so_unless_sub_jobs_are_ignored(stage: Stage, site: Site, system: Procore) -> None:
    [job] = site.seed("sub_jobs", {"project_id": site.project, "code": "A", "name": "North"})
    site.codes["A"] = site.wbs(site.stairs, "S", sub_job_id=job["id"])
    site.subcontract(site.line("A", "5.00"))
    [[odd]] = [row["line_items"] for row in rows(system, "commitments")]
    assert (odd["code"], odd["sub_job"]) == ("03-320.S", "A in project 'Tower'")
    [[plain]] = [row["line_items"] for row in rows(stage.procore(ignore_sub_jobs=True), "commitments")]
    assert (plain["code"], "sub_job" in plain) == ("03-320.S", False)


def test_a_line_on_a_custom_segment_says_so_on_order_and_invoice(stage: Stage, site: Site, system: Procore) -> None:
    [segment] = site.seed("segments", {"name": "Phase", "project_id": site.project})
    [item] = site.seed("segment_items", {"code": "P1", "name": "One", "segment_id": segment["id"]})
    site.codes["P1"] = site.wbs(site.stairs, "S", custom_items={str(segment["id"]): item["id"]})
    contract = site.subcontract(site.line("P1", "5.00"))
    [billed] = stage.records("procore.contract_line_items")
    site.invoice(contract, 1, {"line_item_id": billed["id"], "work_completed_this_period": "5.00"})
    [[line]] = [row["line_items"] for row in rows(system, "commitments")]
    assert (line["code"], line["custom_segments"]) == ("03-320.S", "P1 in project 'Tower'")
    [[work]] = [row["work_lines"] for row in rows(system, "invoices")]
    assert (work["code"], work["custom_segments"]) == ("03-320.S", "P1 One in project 'Tower'")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ({"wbs_code": {"flat_code": "03-300"}, "cost_code": {"full_code": "03-300"}}, {"code": "03-300"}),
        ({"wbs_code": {"flat_code": "X.9"}}, {"code": "X.9"}),
        ({}, {"code": None}),
    ],
)
def test_a_line_with_less_than_a_whole_code_shows_what_there_is(line: dict[str, Any], told: dict[str, Any]) -> None:
    assert LineCodes("Tower").of_line(line) == told
    assert LineCodes("Tower").of_wbs(line.get("wbs_code") or {}) == {"code": line.get("wbs_code", {}).get("flat_code")}


@pytest.mark.feature("ACC-26")
def test_a_document_tells_its_currency_and_what_that_is_worth_in_the_projects(site: Site, system: Procore) -> None:
    site.subcontract()
    contract = site.subcontract(number="SC-002", currency_iso_code="CAD", currency_exchange_rate="0.725")
    order(site, contract, site.line("03-310.M", "10.00"))
    own, other = rows(system, "commitments")
    assert (own["currency"], own["exchange_rate"]) == ("USD", None)
    for row in (other, *rows(system, "change_orders")):
        assert (row["currency"], row["exchange_rate"]) == ("CAD", {"into": "USD", "rate": Decimal("0.725")})
    told = {"currency_iso_code": "CAD", "base_currency_iso_code": "CAD", "currency_exchange_rate": "1"}
    assert currency({"currency_configuration": told}) == {"currency": "CAD", "exchange_rate": None}
    assert currency({"currency_configuration": None}) == {"currency": None, "exchange_rate": None}


def test_an_approved_change_order_has_lines_and_names_its_commitment(stage: Stage, site: Site, system: Procore) -> None:
    contract = site.subcontract()
    approved = order(site, contract, site.line("03-310.M", "-350.00", "Less slab"), number="002")
    order(site, contract, site.line("03-310.M", "10.00"), number="003", status="pending")
    first, second = rows(system, "change_orders")
    assert (first["id"], first["number"], first["grand_total"]) == (approved["id"], "002", Decimal("-350.00"))
    assert first["commitment"] == {
        "id": contract["id"],
        "number": "SC-001",
        "type": "subcontract",
        "vendor_id": site.vendor["id"],
        "title": "Concrete",
    }
    [line] = first["line_items"]
    assert (line["code"], line["description"], line["amount"]) == ("03-310.M", "Less slab", Decimal("-350.00"))
    assert (second["status"], second["line_items"]) == ("pending", [])
    assert len(stage.requests("procore", "GET")) == 4  # projects, packages, subcontracts, the approved one


@pytest.mark.parametrize("tiers", [2, 3])
def test_with_more_tiers_the_package_alone_counts(site: Site, system: Procore, tiers: int) -> None:
    site.seed("projects", {"id": site.project, "change_order_tiers": tiers})
    contract = site.subcontract()
    package = order(site, contract, status="draft")
    place = {"contract_id": contract["id"], "project_id": site.project}
    for amount in ("10.00", "15.00"):
        lines = [site.line("03-300.S", amount)]
        through = {"change_order_request": {"change_order_package_id": package["id"]}}
        site.seed("potential_change_orders", {**place, "title": "PCO", **through, "line_items": lines})
    site.seed("change_order_packages", {"id": package["id"], "status": "approved"})
    [row] = rows(system, "change_orders")
    assert [line["amount"] for line in row["line_items"]] == [Decimal("10.00"), Decimal("15.00")]
    assert row["grand_total"] == Decimal("25.00")


def test_commitments_and_change_orders_that_count_are_in_the_reports(site: Site, system: Procore) -> None:
    contract = site.subcontract()
    site.subcontract(number="SC-002", status="Draft")
    order(site, contract, site.line("03-310.M", "-350.00"))
    order(site, contract, site.line("03-310.M", "10.00"), status="pending")
    found = [
        (one.measure, one.cost_code, one.amount, one.parent, one.party, one.dated)
        for entity in ("commitments", "change_orders")
        for row in rows(system, entity)
        for one in (ENTITIES[entity].ledger or (lambda _: []))(row)
    ]
    party, day = str(site.vendor["id"]), date(2026, 3, 2)
    assert found == [
        ("commitment", "03-300.S", Decimal("10000.00"), "", party, day),
        ("commitment", "03-310.M", Decimal("5000.00"), "", party, day),
        ("commitment", "03-310.M", Decimal("-350.00"), str(contract["id"]), party, day),
    ]


def test_change_orders_of_a_project_whose_tool_is_off_are_left_out_with_a_note(
    stage: Stage, site: Site, system: Procore
) -> None:
    order(site, site.subcontract(), site.line("03-310.M", "1.00"))
    site.new_project("Mall", disabled_tools=["change_orders"])
    pages = list(system.read("change_orders", Window()))
    assert [row["number"] for page in pages for row in page.rows] == ["001"]
    assert pages[-1].partial
    assert pages[-1].notes[0].startswith("Project 'Mall' is left out: ")


@pytest.mark.feature("PRC-API-7", "PRC-API-16", "PRC-API-19", "PRC-API-22")
def test_commitments_of_both_kinds_are_marked_in_one_call_a_list(stage: Stage, site: Site, system: Procore) -> None:
    subcontracts = [site.subcontract(number=f"SC-{number}") for number in range(3)]
    [order] = site.seed("purchase_order_contracts", {"project_id": site.project, "number": "PO-1", "title": "Pipe"})
    results = mark(system, "commitments", *subcontracts, order, origin_code="PO-0042")
    assert {result.status for result in results} == {"done"}
    assert len(stage.requests("procore", "PATCH")) == 2
    kept = stage.records("procore.work_order_contracts")[0]
    assert (kept["origin_id"], kept["origin_code"]) == (f"xero:{kept['id']}", "PO-0042")
    assert stage.records("procore.purchase_order_contracts")[0]["origin_code"] == "PO-0042"


@pytest.mark.feature("PRC-API-7", "PRC-API-20", "PRC-API-22")
def test_an_approved_change_order_is_marked(stage: Stage, site: Site, system: Procore) -> None:
    package = order(site, site.subcontract(), site.line("03-310.M", "1.00"))
    [result] = mark(system, "change_orders", package, origin_code="PO-0042")
    assert result.status == "done", result.message
    [kept] = stage.records("procore.change_order_packages")
    assert (kept["origin_id"], kept["origin_code"]) == (f"xero:{package['id']}", "PO-0042")


@pytest.mark.feature("PRC-API-7", "PRC-API-22", "PRC-API-33")
def test_an_invoice_is_marked_and_has_no_room_for_a_code(stage: Stage, site: Site, system: Procore) -> None:
    invoice = site.invoice(site.subcontract(), 1)
    [result] = mark(system, "invoices", invoice, origin_code="PO-0042")
    assert result.status == "done", result.message
    assert stage.records("procore.requisitions")[0]["origin_id"] == f"xero:{invoice['id']}"
    [row] = rows(system, "invoices")
    assert ENTITIES["invoices"].card(row).evidence["origin_id"] == f"xero:{invoice['id']}"


def records(site: Site) -> dict[str, list[dict[str, Any]]]:
    """Two of each kind of document; the first one is another integration's."""
    theirs, ours = site.subcontract(origin_id="sage-1"), site.subcontract(number="SC-2")
    line = site.line("03-310.M", "1.00")
    orders = [order(site, ours, line, origin_id="sage-2"), order(site, ours, line, number="002")]
    invoices = [site.invoice(theirs, 1, origin_id="sage-3"), site.invoice(ours, 2)]
    return {"commitments": [theirs, ours], "change_orders": orders, "invoices": invoices}


@pytest.mark.feature("PRC-API-11")
@pytest.mark.parametrize("entity", DOCUMENTS)
def test_another_integrations_origin_id_is_left_alone(site: Site, system: Procore, entity: str) -> None:
    theirs, ours = records(site)[entity]
    held, done = mark(system, entity, theirs, ours)
    assert (held.status, held.outcome, done.status) == ("refused", "conflict", "done")
    assert "sage-" in held.message
    kept = {row["id"]: row["origin_id"] for row in rows(system, entity)}
    assert kept[theirs["id"]].startswith("sage-")
    assert kept[ours["id"]] == f"xero:{ours['id']}"


@pytest.mark.feature("PRC-API-9")
@pytest.mark.parametrize("entity", DOCUMENTS)
def test_an_origin_id_that_another_document_has_is_a_conflict(site: Site, system: Procore, entity: str) -> None:
    theirs, ours = records(site)[entity]
    write = Write("1", "mark", {"origin_id": theirs["origin_id"]}, str(ours["id"]))
    [result] = system.write(entity, [write], "k")
    assert (result.status, result.outcome) == ("refused", "conflict")
    assert "unlink that one first" in result.remedy


@pytest.mark.feature("PRC-API-26", "PRC-API-27", "PRC-API-28", "PRC-API-30", "PRC-API-31")
@pytest.mark.parametrize("entity", DOCUMENTS)
@pytest.mark.parametrize("action", ["update", "remove", "create"])
def test_nothing_but_our_id_is_written_into_a_document_of_procore(
    stage: Stage, site: Site, system: Procore, entity: str, action: Any
) -> None:
    _, ours = records(site)[entity]
    change = Write("1", action, {"vendor_id": 1, "status": "Void", "line_items": []}, str(ours["id"]))
    [result] = system.write(entity, [change], "k")
    assert (result.status, result.outcome) == ("refused", "conflict")
    assert [one for one in stage.requests("procore") if one.method not in {"GET", "POST"}] == []


@pytest.mark.feature("PRC-API-27", "PRC-API-38")
def test_a_mark_takes_nothing_else_with_it(stage: Stage, site: Site, system: Procore) -> None:
    contract = site.subcontract()
    mark(system, "commitments", contract, status="Void", vendor_id=1)
    [kept] = stage.records("procore.work_order_contracts")
    assert (kept["status"], kept["vendor_id"]) == ("Approved", site.vendor["id"])


@pytest.mark.parametrize("entity", DOCUMENTS)
def test_a_document_that_is_gone_cannot_be_marked(site: Site, system: Procore, entity: str) -> None:
    [result] = mark(system, entity, {"id": 4711})
    assert (result.status, result.outcome) == ("refused", "conflict")
    assert "no longer in Procore" in result.message


@pytest.mark.parametrize("entity", DOCUMENTS)
def test_documents_are_found_by_id_also_in_closed_projects(site: Site, system: Procore, entity: str) -> None:
    _, ours = records(site)[entity]
    site.seed("projects", {"id": site.project, "active": False})
    [row] = system.fetch(entity, [str(ours["id"]), "4711"])
    assert row["id"] == ours["id"]
    assert rows(system, entity) == []


def test_open_projects_are_asked_before_closed_ones(stage: Stage, site: Site, system: Procore) -> None:
    site.seed("projects", {"id": site.project, "active": False})
    site.project = site.new_project("Mall")
    site.codes["mall"] = site.wbs(site.walls, "S")
    contract = site.subcontract(site.line("mall", "5.00"))
    assert len(system.fetch("commitments", [str(contract["id"])])) == 1
    assert len(stage.requests("procore", "GET")) == 1 + 2


@pytest.mark.parametrize("entity", DOCUMENTS)
def test_documents_are_found_by_mark_and_by_key(site: Site, system: Procore, entity: str) -> None:
    _, ours = records(site)[entity]
    mark(system, entity, ours, origin_data="xero-b1")
    assert [row["id"] for row in system.find(entity, "xero-b1", {})] == [ours["id"]]
    key = {"number": ours["number"], "project_id": site.project}
    assert ours["id"] in [row["id"] for row in system.find(entity, None, key)]
    assert system.find(entity, None, {**key, "number": "none"}) == [] == system.find(entity, None, {})


def test_nothing_has_to_be_known_before_documents_are_read(system: Procore) -> None:
    assert system.facts("invoices") == {}
