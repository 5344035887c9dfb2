"""The Procore connector against the sandbox: vendors, projects, standard cost codes, commitments."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from jobledger.errors import FixTheSetup, RetryLater
from jobledger.systems.base import Window, Write
from jobledger.systems.procore.entities import ENTITIES
from sandbox.faults import Fault
from tests.systems.stage import COMPANY, Stage


def names(pages: Any) -> list[str]:
    return [row["name"] for page in pages for row in page.rows]


def create(number: int, name: str, **fields: Any) -> Write:
    document = {"name": name, "origin_id": f"xero:c{number}", **fields}
    return Write(str(number), "create", document, mark=f"xero-c{number}")


def vendors(stage: Stage, count: int) -> list[dict[str, Any]]:
    return stage.seed("procore", "vendors", *({"name": f"Vendor {number:04d}"} for number in range(count)))


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobledger.systems.procore.api.PER_PAGE", 10)


@pytest.mark.feature("PRC-API-1")
def test_every_request_is_json_over_the_rest_api_and_names_the_company(stage: Stage) -> None:
    stage.procore().write("vendors", [create(1, "Acme")], "k")
    list(stage.procore().read("vendors", Window()))
    paths = {one.path for one in stage.requests("procore")}
    assert all(path.startswith(("/rest/v1.", "/oauth/")) for path in paths)
    assert {one.status for one in stage.requests("procore")} == {200}


def test_active_and_inactive_companies_are_read(stage: Stage) -> None:
    stage.seed("procore", "vendors", {"name": "Open"}, {"name": "Closed", "is_active": False})
    pages = list(stage.procore().read("vendors", Window()))
    cards = {card.name: card.active for page in pages for card in map(ENTITIES["vendors"].card, page.rows)}
    assert cards == {"Open": True, "Closed": False}


@pytest.mark.feature("XTR-6")
def test_4500_companies_cost_four_calls(stage: Stage) -> None:
    vendors(stage, 4500)
    assert len(names(stage.procore().read("vendors", Window()))) == 4500
    assert len(stage.requests("procore", "GET")) == 3 + 1


@pytest.mark.feature("XTR-6")
def test_a_list_with_a_lower_cap_is_read_whole_by_its_links(stage: Stage) -> None:
    stage.seed("procore", "projects", *({"name": f"Project {number}"} for number in range(650)))
    assert len(names(stage.procore().read("projects", Window()))) == 650
    assert len(stage.requests("procore", "GET")) == 3


@pytest.mark.parametrize("since", [None, timedelta(days=1)])
def test_companies_edited_between_pages_are_not_lost(stage: Stage, small_pages: None, since: timedelta | None) -> None:
    vendors(stage, 95)
    stage.fault(Fault(kind="edit_while_paging", system="procore", entity="vendors"))
    window = Window(since=stage.around.clock() - since if since else None)
    assert sorted(names(stage.procore().read("vendors", window))) == [f"Vendor {number:04d}" for number in range(95)]


def test_only_what_changed_is_read_in_both_lists(stage: Stage) -> None:
    stage.seed("procore", "vendors", {"name": "Old"}, {"name": "Old closed", "is_active": False})
    since = stage.around.clock() + timedelta(minutes=1)
    stage.sandbox.world.clock.advance(timedelta(hours=1))
    stage.seed("procore", "vendors", {"name": "New"}, {"name": "New closed", "is_active": False})
    assert sorted(names(stage.procore().read("vendors", Window(since=since)))) == ["New", "New closed"]


@pytest.mark.parametrize(
    "fault",
    [
        Fault(kind="status", status=503, retry_after=2, every=2, times=4),
        Fault(kind="status", status=429, every=2, times=4),
        Fault(kind="garbage", every=2, times=4),
        Fault(kind="truncate_body", every=2, times=4),
        Fault(kind="drop_before_commit", every=2, times=4),
        Fault(kind="stale_token", every=3, times=2),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.status}",
)
def test_a_list_is_read_whole_in_spite_of_passing_trouble(stage: Stage, small_pages: None, fault: Fault) -> None:
    vendors(stage, 45)
    fault.path = "/rest/"
    stage.fault(fault)
    assert len(set(names(stage.procore().read("vendors", Window())))) == 45


@pytest.mark.feature("XTR-1", "PRC-API-13")
def test_a_thousand_companies_are_created_in_one_call(stage: Stage) -> None:
    writes = [create(number, f"Vendor {number}") for number in range(1000)]
    results = stage.procore().write("vendors", writes, "k")
    assert [result.key for result in results] == [write.key for write in writes]
    assert {result.status for result in results} == {"done"}
    assert len(stage.requests("procore", "PATCH")) == 1


@pytest.mark.feature("XTR-1")
def test_one_bad_row_of_a_sync_stops_only_itself(stage: Stage) -> None:
    writes = [
        create(1, "Fine"),
        create(2, ""),
        create(3, "Long", city="x" * 300),
        create(4, "Denver", state_code="Colorado"),
    ]
    results = stage.procore().write("vendors", writes, "k")
    assert [(result.status, result.outcome) for result in results] == [
        ("done", "failed"), ("refused", "invalid"), ("refused", "invalid"), ("refused", "invalid"),
    ]  # fmt: skip
    assert "state_code" in results[3].message
    assert "codes, such as CO and US" in results[3].remedy


@pytest.mark.feature("XTR-2", "PRC-API-13")
def test_a_create_sent_twice_by_its_origin_id_makes_one_company(stage: Stage) -> None:
    system = stage.procore()
    [first], [again] = (system.write("vendors", [create(1, "Acme")], key) for key in ("k1", "k2"))
    assert first.target_id == again.target_id
    assert len(stage.records("procore.vendors")) == 1


def test_a_lost_answer_to_a_sync_is_asked_for_again(stage: Stage) -> None:
    stage.fault(Fault(kind="drop_after_commit", method="PATCH", times=1))
    [result] = stage.procore().write("vendors", [create(1, "Acme")], "k")
    assert result.status == "done"
    assert len(stage.records("procore.vendors")) == 1


def test_a_create_without_origin_id_is_never_sent_twice(stage: Stage) -> None:
    stage.fault(Fault(kind="drop_after_commit", method="PATCH"))
    write = Write("1", "create", {"name": "Acme"}, mark="xero-c1")
    [result] = stage.procore().write("vendors", [write], "k")
    assert result.status == "unknown"
    assert len(stage.requests("procore", "PATCH")) == 1
    assert [row["name"] for row in stage.procore().find("vendors", "xero-c1", {})] == ["Acme"]


@pytest.mark.feature("XTR-2")
def test_an_id_that_is_gone_is_refused(stage: Stage) -> None:
    [result] = stage.procore().write("vendors", [Write("1", "update", {"name": "X"}, "42")], "k")
    assert (result.status, result.outcome) == ("refused", "conflict")
    assert "Entity with this ID not found" in result.message


def test_a_company_is_changed_and_made_inactive_and_its_other_fields_stay(stage: Stage) -> None:
    [old] = stage.seed("procore", "vendors", {"name": "Old", "city": "Denver"})
    system, key = stage.procore(), str(old["id"])
    [changed] = system.write("vendors", [Write("1", "update", {"name": "New"}, key)], "k")
    [removed] = system.write("vendors", [Write("1", "remove", {}, key)], "k")
    assert (changed.status, removed.status) == ("done", "done")
    [row] = stage.records("procore.vendors")
    assert (row["name"], row["city"], row["is_active"]) == ("New", "Denver", False)


@pytest.mark.feature("XTR-2")
def test_our_id_is_written_back_to_a_thousand_companies_in_one_sync(stage: Stage) -> None:
    rows = vendors(stage, 1000)
    writes = [
        Write(str(row["id"]), "mark", {"origin_id": f"xero:{row['id']}", "origin_code": "C1"}, str(row["id"]))
        for row in rows
    ]
    results = stage.procore().write("vendors", writes, "k")
    assert {result.status for result in results} == {"done"}
    assert len(stage.requests("procore", "PATCH")) == 1
    assert all(row["origin_id"] == f"xero:{row['id']}" for row in stage.records("procore.vendors"))


@pytest.mark.feature("PRC-API-11")
def test_another_integrations_origin_id_is_never_overwritten(stage: Stage) -> None:
    theirs, free = stage.seed("procore", "vendors", {"name": "Theirs", "origin_id": "sage-17"}, {"name": "Free"})
    writes = [
        Write(str(row["id"]), "mark", {"origin_id": f"xero:{row['id']}"}, str(row["id"])) for row in (theirs, free)
    ]
    results = stage.procore().write("vendors", writes, "k")
    assert [(result.status, result.outcome) for result in results] == [("refused", "conflict"), ("done", "failed")]
    assert "sage-17" in results[0].message
    assert [row["origin_id"] for row in stage.records("procore.vendors")] == ["sage-17", f"xero:{free['id']}"]


def test_our_own_origin_id_follows_a_new_link(stage: Stage) -> None:
    [ours] = stage.seed("procore", "vendors", {"name": "Ours", "origin_id": "xero:old"})
    [result] = stage.procore().write("vendors", [Write("1", "mark", {"origin_id": "xero:new"}, str(ours["id"]))], "k")
    assert result.status == "done"
    assert stage.records("procore.vendors")[0]["origin_id"] == "xero:new"


@pytest.mark.feature("PRC-API-9", "XTR-3")
def test_an_origin_id_that_another_record_has_is_a_conflict(stage: Stage) -> None:
    _, free = stage.seed("procore", "vendors", {"name": "Has it", "origin_id": "xero:c1"}, {"name": "Free"})
    [result] = stage.procore().write("vendors", [Write("1", "mark", {"origin_id": "xero:c1"}, str(free["id"]))], "k")
    assert (result.status, result.outcome) == ("refused", "conflict")
    assert "unlink that one first" in result.remedy


def test_a_mark_is_found_and_so_is_a_name(stage: Stage) -> None:
    system = stage.procore()
    system.write("vendors", [create(1, "Acme")], "k")
    assert [row["name"] for row in system.find("vendors", "xero-c1", {})] == ["Acme"]
    assert [row["name"] for row in system.find("vendors", None, {"name": " ACME "})] == ["Acme"]
    assert system.find("vendors", "xero-c2", {}) == [] == system.find("vendors", None, {})


@pytest.mark.feature("PRC-API-14", "PRC-API-15")
@pytest.mark.parametrize("entity", ["vendors", "projects"])
def test_origin_data_holds_our_mark_and_nothing_else(stage: Stage, entity: str) -> None:
    system = stage.procore()
    [made] = system.write(entity, [create(1, "Acme")], "k")
    assert [row["origin_data"] for row in stage.records(f"procore.{entity}")] == ["xero-c1"]
    system.write(entity, [Write("1", "update", {"name": "Acme Steel"}, made.target_id)], "k2")
    assert [row["origin_data"] for row in stage.records(f"procore.{entity}")] == ["xero-c1"]


def test_companies_are_fetched_by_id_in_bulk_inactive_ones_too(stage: Stage) -> None:
    rows = [*vendors(stage, 200), *stage.seed("procore", "vendors", {"name": "Closed", "is_active": False})]
    found = stage.procore().fetch("vendors", [*(str(row["id"]) for row in rows), "1"])
    assert {row["id"] for row in found} == {row["id"] for row in rows}
    assert len(stage.requests("procore", "GET")) == 3


@pytest.mark.feature("XTR-4")
def test_projects_are_created_one_by_one_and_changed_together(stage: Stage) -> None:
    system = stage.procore()
    assert (ENTITIES["projects"].batch_for("create"), ENTITIES["projects"].batch_for("mark")) == (1, 1000)
    results = system.write("projects", [create(number, f"Tower {number}") for number in range(3)], "k")
    assert {result.status for result in results} == {"done"}
    renames = [Write(one.key, "update", {"name": f"New {one.key}"}, one.target_id) for one in results]
    assert {result.status for result in system.write("projects", renames, "k")} == {"done"}
    assert [row["name"] for row in stage.records("procore.projects")] == ["New 0", "New 1", "New 2"]
    assert [one.path for one in stage.requests("procore", "PATCH")] == ["/rest/v1.0/projects/sync"]


def test_a_project_whose_creation_is_not_answered_is_unknown_and_found_by_its_mark(stage: Stage) -> None:
    stage.fault(Fault(kind="drop_after_commit", method="POST", path="projects", times=1))
    system = stage.procore()
    [result] = system.write("projects", [create(1, "Tower")], "k")
    assert result.status == "unknown"
    assert [row["name"] for row in system.find("projects", "xero-c1", {})] == ["Tower"]
    assert len(stage.requests("procore", "POST")) == 1 + 1  # one for the token


def test_writes_put_off_after_others_were_accepted_are_unknown_and_not_raised(stage: Stage) -> None:
    stage.fault(Fault(kind="status", status=429, retry_after=4000, method="POST", path="projects", after=1))
    results = stage.procore().write("projects", [create(1, "One"), create(2, "Two")], "k")
    assert [result.status for result in results] == ["done", "unknown"]


def test_a_limit_that_lets_nothing_through_raises(stage: Stage) -> None:
    stage.fault(Fault(kind="status", status=429, retry_after=4000, method="PATCH"))
    with pytest.raises(RetryLater):
        stage.procore().write("vendors", [create(1, "One")], "k")


def test_a_project_out_of_the_apps_permissions_is_absent_and_closed_ones_are_read(stage: Stage) -> None:
    seen, hidden, closed = stage.seed(
        "procore", "projects", {"name": "Seen"}, {"name": "Hidden"}, {"name": "Closed", "active": False}
    )
    stage.seed("procore", "settings", {"id": "app", "permitted_projects": [seen["id"], closed["id"]]})
    system = stage.procore()
    assert sorted(names(system.read("projects", Window()))) == ["Closed", "Seen"]
    assert names(system.read("projects", Window(only_projects=(str(seen["id"]),)))) == ["Seen"]
    assert system.fetch("projects", [str(hidden["id"])]) == []


def test_standard_codes_of_all_lists_are_read_and_written_to_the_named_list(stage: Stage) -> None:
    first, second = stage.seed("procore", "standard_cost_code_lists", {"name": "Default"}, {"name": "Xero"})
    stage.seed(
        "procore",
        "standard_cost_codes",
        {"code": "03", "name": "Concrete", "standard_cost_code_list_id": first["id"]},
        {"code": "09", "name": "Finishes", "standard_cost_code_list_id": second["id"]},
    )
    system = stage.procore(import_list="Xero")
    assert sorted(names(system.read("standard_cost_codes", Window()))) == ["Concrete", "Finishes"]
    [made] = system.write("standard_cost_codes", [create(1, "Doors", code="08")], "k")
    assert made.status == "done"
    assert stage.records("procore.standard_cost_codes")[-1]["standard_cost_code_list_id"] == second["id"]
    renames = [
        Write(str(row["id"]), "update", {"name": f"{row['name']} II"}, str(row["id"]))
        for row in stage.records("procore.standard_cost_codes")
    ]
    results = system.write("standard_cost_codes", renames, "k")
    assert [(result.key, result.status) for result in results] == [(write.key, "done") for write in renames]


def test_a_code_joins_the_list_that_its_document_names(stage: Stage) -> None:
    _, second = stage.seed("procore", "standard_cost_code_lists", {"name": "Default"}, {"name": "Xero"})
    write = create(1, "Doors", code="08", standard_cost_code_list_id="Xero")
    [made] = stage.procore().write("standard_cost_codes", [write], "k")
    assert made.status == "done", made.message
    assert stage.records("procore.standard_cost_codes")[0]["standard_cost_code_list_id"] == second["id"]


def test_new_codes_need_a_list_to_join(stage: Stage) -> None:
    stage.seed("procore", "standard_cost_code_lists", {"name": "Default"}, {"name": "Xero"})
    with pytest.raises(FixTheSetup, match=r"cost_codes.import_list: is not set. Name one of .*: Default, Xero."):
        stage.procore().write("standard_cost_codes", [create(1, "Doors", code="08")], "k")


def commitments(stage: Stage) -> dict[str, int]:
    [vendor] = stage.seed("procore", "vendors", {"name": "Acme"})
    tower, mall = stage.seed("procore", "projects", {"name": "Tower"}, {"name": "Mall"})
    for number, project in enumerate((tower, mall)):
        entity = ("work_order_contracts", "purchase_order_contracts")[number]
        record = {"project_id": project["id"], "vendor_id": vendor["id"], "number": f"C-{number}", "title": "Steel"}
        stage.seed("procore", entity, record)
    return {"vendor": vendor["id"], "tower": tower["id"], "mall": mall["id"]}


def test_commitments_of_both_kinds_name_their_company_and_project(stage: Stage) -> None:
    ids = commitments(stage)
    pages = list(stage.procore().read("commitments", Window()))
    cards = {card.number: card for page in pages for card in map(ENTITIES["commitments"].card, page.rows)}
    vendor, tower = str(ids["vendor"]), str(ids["tower"])
    named = {"vendor_id": vendor, "party": vendor, "project_id": tower, "project": tower, "type": "subcontract"}
    assert cards["C-0"].evidence == {**named, "amount": "0.00", "date": "2026-03-02"}
    assert (cards["C-1"].evidence["project"], cards["C-1"].evidence["type"]) == (str(ids["mall"]), "purchase_order")


def test_a_project_whose_tool_is_off_is_left_out_with_a_note(stage: Stage) -> None:
    ids = commitments(stage)
    stage.seed("procore", "projects", {"id": ids["mall"], "disabled_tools": ["commitments"]})
    pages = list(stage.procore().read("commitments", Window()))
    assert [row["number"] for page in pages for row in page.rows] == ["C-0"]
    [note] = [note for page in pages for note in page.notes]
    assert note.startswith("Project 'Mall' is left out: ")
    assert "Commitments" in note


def test_a_tool_that_is_closed_everywhere_is_a_missing_permission(stage: Stage) -> None:
    commitments(stage)
    stage.seed("procore", "permissions", {"tool": "commitments", "level": "none"})
    with pytest.raises(FixTheSetup, match="permission on the Commitments tool"):
        list(stage.procore().read("commitments", Window()))


def test_a_missing_permission_is_named_with_its_tool(stage: Stage) -> None:
    stage.seed("procore", "permissions", {"tool": "directory", "level": "none"})
    with pytest.raises(FixTheSetup, match="permission on the Directory tool"):
        list(stage.procore().read("vendors", Window()))


def test_an_app_that_is_not_installed_is_told_so(stage: Stage) -> None:
    stage.seed("procore", "settings", {"id": "app", "connected": False})
    with pytest.raises(FixTheSetup, match="app is not connected to this company"):
        list(stage.procore().read("vendors", Window()))
    with pytest.raises(FixTheSetup, match="App Management"):
        list(stage.procore(company=COMPANY + 1).read("vendors", Window()))
