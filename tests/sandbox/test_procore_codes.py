from __future__ import annotations

import pytest

from tests.sandbox.procore_client import COMPANY, Client, Site, company, in_company


@pytest.fixture
def client() -> Client:
    client = Client()
    client.vendor.quota.set_mode("off")
    return client


def standard_list(client: Client) -> tuple[int, dict[str, int]]:
    key = client.seed("standard_cost_code_lists", name="MasterFormat")["id"]
    division = client.seed("standard_cost_codes", standard_cost_code_list_id=key, code="03", name="Concrete")["id"]
    place = {"standard_cost_code_list_id": key, "parent_id": division}
    leaf = client.seed("standard_cost_codes", code="300", name="Walls", **place)["id"]
    return key, {"03": division, "03-300": leaf}


def segments(client: Client, project: int) -> dict[str, int]:
    rows = client.get(f"/rest/v1.0/projects/{project}/work_breakdown_structure/segments").body
    return {row["name"]: row["id"] for row in rows}


def wbs_path(project: int) -> str:
    return f"/rest/v1.0/projects/{project}/work_breakdown_structure/wbs_codes"


def test_projects_are_made_changed_and_never_deleted(client: Client) -> None:
    made = client.post("/rest/v1.0/projects", company(project={"name": "Tower", "project_number": "24-01"}))
    assert (made.status, made.body["display_name"], made.body["active"]) == (201, "24-01 - Tower", True)
    path = in_company(f"/rest/v1.0/projects/{made.body['id']}")
    assert client.delete(path).status == 404
    with pytest.raises(ValueError, match="does not delete"):
        client.vendor.remove("projects", str(made.body["id"]))


def test_inactive_projects_are_listed_on_request_only(client: Client) -> None:
    for name, active in (("Open", True), ("Closed", False)):
        client.seed("projects", name=name, active=active)
    found = {
        status: [row["name"] for row in client.get(in_company("/rest/v1.1/projects", **query)).body]
        for status, query in {
            "": {},
            "All": {"filters[by_status]": "All"},
            "Inactive": {"filters[by_status]": "Inactive"},
        }.items()
    }
    assert found == {"": ["Open"], "All": ["Open", "Closed"], "Inactive": ["Closed"]}


def test_project_ids_come_all_at_once(client: Client) -> None:
    keys = [client.seed("projects", name=f"P{number}")["id"] for number in range(305)]
    assert client.get(in_company("/rest/v1.1/projects", view="ids")).body == keys
    assert len(client.get(in_company("/rest/v1.1/projects", per_page=400)).body) == 300


def test_custom_fields_are_written_flat_and_read_with_their_type(client: Client) -> None:
    field = client.seed("custom_field_definitions", label="Parent project", data_type="string")["id"]
    project = {"name": "Tower", f"custom_field_{field}": "Campus"}
    made = client.post("/rest/v1.0/projects", company(project=project)).body
    assert made["custom_fields"] == {f"custom_field_{field}": {"data_type": "string", "value": "Campus"}}
    assert client.post("/rest/v1.0/projects", company(project={"name": "X", "custom_field_9": 1})).status == 422
    labels = client.get(f"/rest/v1.1/companies/{COMPANY}/custom_field_definitions").body
    assert [row["label"] for row in labels] == ["Parent project"]


def test_projects_sync_knows_no_origin_code(client: Client) -> None:
    row = {"origin_id": "p1", "name": "Tower", "origin_code": "visible"}
    answer = client.patch("/rest/v1.0/projects/sync", company(updates=[row]))
    assert (answer.body["entities"][0]["origin_id"], answer.body["entities"][0]["origin_code"]) == ("p1", None)


def test_a_full_code_is_made_from_the_parents(client: Client) -> None:
    key, codes = standard_list(client)
    path = in_company("/rest/v1.0/standard_cost_codes", standard_cost_code_list_id=key)
    assert {row["full_code"]: row["id"] for row in client.get(path).body} == codes
    assert client.get(path + "&view=default").body[0] == {"id": codes["03"], "standard_cost_code_list_id": key}


def test_a_code_is_unique_below_its_parent(client: Client) -> None:
    key, codes = standard_list(client)
    body = company(standard_cost_code_list_id=key)
    same = {**body, "standard_cost_code": {"code": "300", "name": "Again", "parent_id": codes["03"]}}
    assert client.post("/rest/v1.0/standard_cost_codes", same).body == {"errors": {"code": ["has already been taken"]}}
    other = {**body, "standard_cost_code": {"code": "300", "name": "Top"}}
    assert client.post("/rest/v1.0/standard_cost_codes", other).status == 201


def test_a_standard_code_in_use_stays(client: Client) -> None:
    key, codes = standard_list(client)
    project = client.seed("projects", name="Tower")["id"]
    path = f"/rest/v1.0/standard_cost_codes/{codes['03-300']}?company_id={COMPANY}"
    client.post(
        "/rest/v1.0/cost_codes/copy_from_standard_list", {"project_id": project, "standard_cost_code_list_id": key}
    )
    assert client.delete(path).status == 422


def test_a_list_is_copied_into_a_project_once(client: Client) -> None:
    key, codes = standard_list(client)
    project = client.seed("projects", name="Tower")["id"]
    body = {"project_id": project, "standard_cost_code_list_id": key}
    copied = client.post("/rest/v1.0/cost_codes/copy_from_standard_list", body).body
    assert [(row["full_code"], row["standard_cost_code_id"]) for row in copied] == list(codes.items())
    assert client.post("/rest/v1.0/cost_codes/copy_from_standard_list", body).body == []


def test_part_of_a_list_brings_the_parents_with_it(client: Client) -> None:
    key, codes = standard_list(client)
    project = client.seed("projects", name="Tower")["id"]
    body = {"project_id": project, "standard_cost_code_list_id": key, "standard_cost_code_ids": [codes["03-300"], 1]}
    answer = client.post("/rest/v1.0/cost_codes/copy_subset_from_standard_list", body)
    assert answer.status == 207
    assert [row["full_code"] for row in answer.body["successes"]] == ["03", "03-300"]
    assert len(answer.body["failures"]) == 1


def test_a_new_project_takes_the_standard_codes_on_request(client: Client) -> None:
    standard_list(client)
    made = {"name": "Tower", "enable_copy_of_standard_cost_codes": True}
    project = client.post("/rest/v1.0/projects", company(project=made)).body["id"]
    assert len(client.get(f"/rest/v1.0/cost_codes?project_id={project}").body) == 2


def test_cost_codes_cannot_be_read_by_change(client: Client) -> None:
    site = Site(client)
    answer = client.get(f"/rest/v1.0/cost_codes?{site.query}&filters[updated_at]=2000-01-01...2000-01-02")
    assert len(answer.body) == 3


def test_a_cost_type_is_written_as_csv_import_code_and_read_as_code(client: Client) -> None:
    row = {"name": "Overhead", "csv_import_code": "OH", "base_type": "other"}
    answer = client.patch("/rest/v1.0/line_item_types/sync", company(updates=[row]))
    assert answer.body["entities"][0]["code"] == "OH"
    listed = client.get(in_company("/rest/v1.0/line_item_types")).body
    assert [row["code"] for row in listed] == ["L", "M", "S", "E", "O", "OH"]
    assert client.get("/rest/v1.0/line_item_types").status == 400


def test_a_wbs_code_is_made_from_segment_items(client: Client) -> None:
    site = Site(client)
    segment = segments(client, site.project)
    items = [
        {"segment_id": segment["Cost Code"], "segment_item_id": site.walls},
        {"segment_id": segment["Cost Type"], "segment_item_id": site.types["M"]},
    ]
    made = client.post(wbs_path(site.project), {"description": "Forms", "segment_items": items})
    assert (made.status, made.body["flat_code"]) == (201, "03-300.M")
    assert [item["path_code"] for item in made.body["segment_items"]] == ["03-300", "M"]
    assert client.post(wbs_path(site.project), {"segment_items": items}).status == 422


def test_bulk_creation_updates_what_is_there_and_reports_what_is_wrong(client: Client) -> None:
    site = Site(client)
    segment = segments(client, site.project)

    def row(code: int, description: str) -> dict[str, object]:
        items = {"Cost Code": code, "Cost Type": site.types["S"]}
        chosen = [{"segment_id": segment[name], "segment_item_id": key} for name, key in items.items()]
        return {"description": description, "segment_items": chosen}

    body = {"bulk": [row(site.walls, "kept"), row(site.slabs, "new"), row(0, "wrong")]}
    answer = client.patch(f"{wbs_path(site.project)}/bulk_create", body)
    assert answer.status == 201
    assert [(code["flat_code"], code["description"]) for code in answer.body["entities"]] == [
        ("03-300.S", "kept"),
        ("03-310.S", "new"),
    ]
    assert answer.body["entities"][0]["id"] == site.walls_s
    assert len(answer.body["errors"]) == 1


def test_a_custom_segment_must_be_named(client: Client) -> None:
    site = Site(client)
    phase = client.seed("segments", project_id=site.project, name="Phase")["id"]
    item = client.seed("segment_items", segment_id=phase, code="P1", name="Phase 1")["id"]
    segment = segments(client, site.project)
    items = [
        {"segment_id": segment["Cost Code"], "segment_item_id": site.walls},
        {"segment_id": segment["Cost Type"], "segment_item_id": site.types["L"]},
    ]
    assert client.post(wbs_path(site.project), {"segment_items": items}).status == 422
    complete = [*items, {"segment_id": phase, "segment_item_id": item}]
    assert client.post(wbs_path(site.project), {"segment_items": complete}).body["flat_code"] == "03-300.L.P1"


def test_a_sub_job_stands_first_in_the_code(client: Client) -> None:
    site = Site(client)
    sub_job = client.seed("sub_jobs", project_id=site.project, code="A", name="North")["id"]
    code = {"cost_code_id": site.walls, "line_item_type_id": site.types["S"], "sub_job_id": sub_job}
    assert client.seed("wbs_codes", project_id=site.project, **code)["flat_code"] == "A.03-300.S"


def test_wbs_codes_follow_when_a_cost_code_is_renamed(client: Client) -> None:
    site = Site(client)
    client.patch(f"/rest/v1.0/cost_codes/{site.division}", {"project_id": site.project, "cost_code": {"code": "04"}})
    assert [row["flat_code"] for row in client.get(wbs_path(site.project)).body] == ["04-300.S", "04-310.M"]


def test_wbs_codes_are_switched_off_together(client: Client) -> None:
    site = Site(client)
    body = {"ids": [site.walls_s], "attributes": {"status": "inactive"}}
    assert client.patch(f"{wbs_path(site.project)}/update_all", body).status == 204
    active = client.get(f"{wbs_path(site.project)}?filters[status][]=active").body
    assert [row["id"] for row in active] == [site.slabs_m]


def test_wbs_codes_are_found_by_words_and_divisions_left_out(client: Client) -> None:
    site = Site(client)
    code = {"cost_code_id": site.division, "line_item_type_id": site.types["O"]}
    client.seed("wbs_codes", project_id=site.project, **code)

    def found(query: str) -> list[str]:
        return [row["flat_code"] for row in client.get(f"{wbs_path(site.project)}?{query}").body]

    assert found("query=310") == ["03-310.M"]
    assert found("can_select_divisions=false") == ["03-300.S", "03-310.M"]
    assert found("can_select_divisions=true")[-1] == "03.O"


def test_units_and_tax_codes_are_listed(client: Client) -> None:
    units = client.get(f"/rest/v1.0/companies/{COMPANY}/uoms").body
    assert {"ea", "ls", "hours"} <= {unit["name"] for unit in units}
    client.seed("tax_codes", code="GST", rate1="10")
    assert client.get(in_company("/rest/v1.0/tax_codes")).body[0]["rate1"] == 10
