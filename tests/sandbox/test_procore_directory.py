from __future__ import annotations

from datetime import timedelta

import pytest

from tests.sandbox.procore_client import COMPANY, Client, company, in_company

VENDORS = "/rest/v1.0/vendors"
INACTIVE = f"/rest/v1.0/companies/{COMPANY}/vendors/inactive"


@pytest.fixture
def client() -> Client:
    client = Client()
    client.vendor.quota.set_mode("off")
    return client


def names(client: Client, **query: object) -> list[str]:
    return [row["name"] for row in client.get(in_company(VENDORS, **query)).body]


def test_a_vendor_needs_a_name(client: Client) -> None:
    answer = client.post(VENDORS, company(vendor={"city": "Denver"}))
    assert (answer.status, answer.body) == (422, {"errors": {"name": ["can't be blank"]}})


def test_two_vendors_may_have_one_name(client: Client) -> None:
    assert [client.post(VENDORS, company(vendor={"name": "Acme"})).status for _ in range(2)] == [201, 201]


@pytest.mark.parametrize(
    ("place", "field"),
    [
        ({"country_code": "USA"}, "country_code"),
        ({"country_code": "XX"}, "country_code"),
        ({"state_code": "Colorado"}, "state_code"),
        ({"state_code": "ON", "country_code": "US"}, "state_code"),
    ],
)
def test_states_and_countries_are_iso_codes(client: Client, place: dict[str, str], field: str) -> None:
    answer = client.post(VENDORS, company(vendor={"name": "Acme", **place}))
    assert (answer.status, list(answer.body["errors"])) == (422, [field])
    assert (
        client.post(VENDORS, company(vendor={"name": "Acme", "state_code": "ON", "country_code": "CA"})).status == 201
    )


def test_an_origin_id_belongs_to_one_vendor_only(client: Client) -> None:
    client.post(VENDORS, company(vendor={"name": "Acme", "origin_id": "xero-1"}))
    answer = client.post(VENDORS, company(vendor={"name": "Other", "origin_id": "xero-1"}))
    assert answer.body == {"errors": {"origin_id": ["has already been taken"]}}
    assert names(client) == ["Acme"]


def test_an_origin_id_holds_at_most_255_characters(client: Client) -> None:
    answer = client.post(VENDORS, company(vendor={"name": "Acme", "origin_id": "x" * 256}))
    assert answer.body == {"errors": {"origin_id": ["is too long (maximum is 255 characters)"]}}


def test_an_inactive_vendor_leaves_the_list_until_it_is_reactivated(client: Client) -> None:
    vendor = client.seed("vendors", name="Acme")["id"]
    client.patch(f"{VENDORS}/{vendor}", company(vendor={"is_active": False}))
    assert names(client) == []
    assert [row["id"] for row in client.get(INACTIVE).body] == [vendor]
    assert client.patch(f"{INACTIVE}/{vendor}", {}).body["is_active"] is True
    assert names(client) == ["Acme"]


def test_a_merged_vendor_vanishes_and_its_documents_move(client: Client) -> None:
    project = client.seed("projects", name="Tower")["id"]
    kept, gone = (client.seed("vendors", name=name)["id"] for name in ("Acme", "Acme Inc"))
    contract = client.seed("work_order_contracts", project_id=project, vendor_id=gone)["id"]
    client.seed("vendors", id=kept, merged_from=[gone])
    assert client.get(in_company(f"{VENDORS}/{gone}")).status == 404
    shown = client.get(f"/rest/v1.0/work_order_contracts/{contract}?project_id={project}").body
    assert shown["vendor"]["id"] == kept


def test_companies_have_two_levels_only(client: Client) -> None:
    top = client.seed("vendors", name="Top")["id"]
    middle = client.seed("vendors", name="Middle", parent_id=top)["id"]
    assert client.post(VENDORS, company(vendor={"name": "Low", "parent_id": middle})).status == 422


def test_a_business_register_entry_is_made_once_and_then_changed(client: Client) -> None:
    path = f"{VENDORS}/{client.seed('vendors', name='Acme')['id']}/business_register"
    entry = company(business_register={"type": "ein", "identifier": "12-3456789"})
    assert [client.post(path, entry).status for _ in range(2)] == [201, 409]
    changed = client.patch(path, company(business_register={"type": "ein", "identifier": "98-7654321"}))
    assert changed.body["identifier"] == "98-7654321"
    assert names(client, **{"filters[search]": "98-76"}) == ["Acme"]


def test_a_project_directory_is_filled_and_emptied(client: Client) -> None:
    project, vendor = client.seed("projects", name="Tower")["id"], client.seed("vendors", name="Acme")["id"]
    path = f"/rest/v1.1/projects/{project}/vendors"
    assert client.post(f"{path}/{vendor}/actions/add", {}).status == 201
    assert [row["name"] for row in client.get(path).body] == ["Acme"]
    assert client.get(in_company(f"{VENDORS}/{vendor}")).body["project_ids"] == [project]
    assert [client.delete(f"{path}/{vendor}/actions/remove").status for _ in range(2)] == [204, 404]


def test_a_list_is_paged_with_total_and_links(client: Client) -> None:
    for number in range(5):
        client.seed("vendors", name=f"V{number}")
    first = client.get(in_company(VENDORS, per_page=2))
    assert [row["name"] for row in first.body] == ["V0", "V1"]
    assert (first.headers["total"], first.headers["per-page"]) == ("5", "2")
    assert f'<http://sandbox.test{VENDORS}?company_id={COMPANY}&page=2&per_page=2>; rel="next"' in first.headers["link"]
    last = client.get(in_company(VENDORS, per_page=2, page=3))
    assert [row["name"] for row in last.body] == ["V4"]
    assert 'rel="next"' not in last.headers["link"]
    assert client.get(in_company(VENDORS, per_page=2, page=9)).body == []


def test_a_page_that_is_too_large_is_clamped_and_one_far_too_large_refused(client: Client) -> None:
    assert client.get(in_company(VENDORS, per_page=5000)).headers["per-page"] == "2000"
    assert client.get(in_company(VENDORS, per_page=10_001)).status == 400
    assert client.get(in_company("/rest/v1.1/projects", per_page=1000)).headers["per-page"] == "300"
    assert client.get(in_company("/rest/v1.0/tax_codes", per_page=1000)).headers["per-page"] == "100"


def test_changes_are_found_by_a_range_that_includes_both_ends(client: Client) -> None:
    for name in ("A", "B", "C"):
        client.seed("vendors", name=name)
        client.world.clock.advance(timedelta(minutes=1))
    assert names(client, **{"filters[updated_at]": "2026-06-01T12:01:00Z...2026-06-01T12:02:00Z"}) == ["B", "C"]
    assert names(client, **{"filters[updated_at]": '"2026-06-01T06:01:00-06:00...2026-06-01T12:01:59Z"'}) == ["B"]
    assert names(client, **{"filters[updated_at]": "2026-06-01...2026-06-02"}) == ["A", "B", "C"]
    assert client.get(in_company(VENDORS, **{"filters[updated_at]": "yesterday"})).status == 400


def test_rows_are_found_by_id_and_origin_id_and_text(client: Client) -> None:
    keys = [client.seed("vendors", name=name, origin_id=f"o-{name}")["id"] for name in ("Ada", "Bob", "Cy")]
    assert names(client, **{"filters[id][]": keys[:2]}) == ["Ada", "Bob"]
    assert names(client, **{"filters[id]": f"[{keys[0]},{keys[2]}]"}) == ["Ada", "Cy"]
    assert names(client, **{"filters[origin_id]": "o-Bob"}) == ["Bob"]
    assert names(client, **{"filters[search]": "AD"}) == ["Ada"]


def test_a_filter_that_is_not_documented_is_ignored(client: Client) -> None:
    client.seed("vendors", name="Acme")
    assert names(client, **{"filters[city]": "Denver"}) == ["Acme"]


def test_rows_are_sorted_on_request(client: Client) -> None:
    for name in ("B", "C", "A"):
        client.seed("vendors", name=name)
    assert (names(client, sort="name"), names(client, sort="-name")) == (["A", "B", "C"], ["C", "B", "A"])
    assert names(client) == ["B", "C", "A"]


def test_a_view_shows_less(client: Client) -> None:
    vendor = client.seed("vendors", name="Acme")["id"]
    assert client.get(in_company(VENDORS, view="compact")).body == [{"id": vendor, "name": "Acme"}]


def test_saving_without_a_change_moves_no_time_but_a_person_s_save_does(client: Client) -> None:
    vendor = client.seed("vendors", name="Acme")
    client.world.clock.advance(timedelta(minutes=1))
    same = client.patch(f"{VENDORS}/{vendor['id']}", company(vendor={"name": "Acme"})).body
    assert same["updated_at"] == vendor["updated_at"]
    assert client.seed("vendors", id=vendor["id"])["updated_at"] > vendor["updated_at"]


def test_every_accepted_write_is_in_the_ledger_and_no_refused_one(client: Client) -> None:
    vendor = client.post(VENDORS, company(vendor={"name": "Acme"})).body["id"]
    client.patch(f"{VENDORS}/{vendor}", company(vendor={"name": ""}))
    client.seed("vendors", id=vendor, city="Denver")
    lines = [(line["entity"], line["key"], line["action"], line["by"]) for line in client.world.ledger()]
    assert lines == [("vendors", str(vendor), "create", "api"), ("vendors", str(vendor), "update", "person")]


def test_a_person_cannot_delete_a_company_that_documents_name(client: Client) -> None:
    project, vendor = client.seed("projects", name="Tower")["id"], client.seed("vendors", name="Acme")["id"]
    client.seed("work_order_contracts", project_id=project, vendor_id=vendor)
    with pytest.raises(ValueError, match="used in documents"):
        client.vendor.remove("vendors", str(vendor))


def test_what_a_person_may_not_save_is_refused_in_the_vendor_s_words(client: Client) -> None:
    with pytest.raises(ValueError, match="name can't be blank"):
        client.seed("vendors", city="Denver")
    with pytest.raises(ValueError, match="no Procore entity"):
        client.seed("unicorns", name="Una")


def test_users_and_people_are_listed(client: Client) -> None:
    client.seed("users", first_name="Ann", last_name="Lee", employee_id="E7", is_employee=True)
    users = client.get(f"/rest/v1.3/companies/{COMPANY}/users").body
    assert "Ann Lee" in [user["name"] for user in users]
    people = client.get(f"/rest/v1.0/companies/{COMPANY}/people?filters[is_employee]=true").body
    assert [person["employee_id"] for person in people] == ["E7"]


def test_a_custom_field_of_a_company_shows_its_id_and_name(client: Client) -> None:
    owner = client.seed("vendors", name="School District")["id"]
    field = f"custom_field_{client.seed('custom_field_definitions', label='Customer', data_type='vendor')['id']}"
    project = client.seed("projects", name="Tower", **{field: owner})["id"]
    [listed] = client.get(in_company("/rest/v1.1/projects")).body
    assert listed["custom_fields"] == {
        field: {"data_type": "vendor", "value": {"id": owner, "label": "School District"}}
    }
    refused = client.patch(f"/rest/v1.0/projects/{project}", company(project={field: 42}))
    assert refused.body == {"errors": {field: ["must be a company of the directory"]}}


def test_projects_are_filtered_by_department_and_alone_tell_theirs(client: Client) -> None:
    north = client.post("/rest/v1.0/departments", company(department={"name": "North"})).body["id"]
    inside = client.seed("projects", name="Tower", department_ids=[north])["id"]
    client.seed("projects", name="Depot")
    listed = client.get(in_company("/rest/v1.1/projects", **{"filters[by_department]": north})).body
    assert [one["id"] for one in listed] == [inside]
    assert "departments" not in listed[0]
    alone = client.get(in_company(f"/rest/v1.0/projects/{inside}")).body
    assert alone["departments"] == [{"id": north, "name": "North"}]
