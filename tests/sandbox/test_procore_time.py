from __future__ import annotations

from datetime import timedelta

import pytest

from tests.sandbox.procore_client import COMPANY, Client, Site

ENTRIES = f"/rest/v1.0/companies/{COMPANY}/timecard_entries"


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.fixture
def site(client: Client) -> Site:
    return Site(client)


def entry(client: Client, site: Site, **more: object) -> dict[str, object]:
    worker = client.seed("users", first_name="Ana", last_name="Ruiz", is_employee=True)["id"]
    fields = {"date": "2026-05-31", "hours": "8.0", "party_id": worker, "cost_code_id": site.walls, **more}
    answer = client.post(ENTRIES, {"project_id": site.project, "timecard_entry": fields})
    assert answer.status == 201, answer.body
    made: dict[str, object] = answer.body
    return made


def test_an_entry_shows_its_people_and_codes_briefly(client: Client, site: Site) -> None:
    made = entry(client, site)
    assert made["approval_status"] == "pending"
    assert made["party"] == {"id": made["party"]["id"], "name": "Ana Ruiz"}  # type: ignore[index]
    assert made["full_cost_code"] == {"id": site.walls, "name": "Walls"}
    assert client.get(f"{ENTRIES}/{made['id']}").body == made


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"hours": "25"}, "hours"),
        ({"party_id": 42}, "party"),
        ({"cost_code_id": 42}, "cost_code"),
        ({"timecard_time_type_id": 42}, "timecard_time_type"),
    ],
)
def test_what_an_entry_refuses(client: Client, site: Site, wrong: dict[str, object], field: str) -> None:
    worker = client.seed("users", last_name="Ruiz")["id"]
    fields = {"date": "2026-05-31", "party_id": worker, **wrong}
    answer = client.post(ENTRIES, {"project_id": site.project, "timecard_entry": fields})
    assert (answer.status, list(answer.body["errors"])) == (422, [field])


def test_hours_follow_from_start_stop_and_lunch(client: Client, site: Site) -> None:
    times = {"time_in": "2026-05-31T07:00:00Z", "time_out": "2026-05-31T15:45:00Z", "lunch_time": "30"}
    assert entry(client, site, **times)["hours"] == "8.25"


def test_a_deleted_entry_is_told_only_where_deletions_are_asked_for(client: Client, site: Site) -> None:
    made = entry(client, site)
    client.world.clock.advance(timedelta(hours=1))
    assert client.delete(f"{ENTRIES}/{made['id']}?company_id={COMPANY}").status == 200
    assert client.get(ENTRIES).body == []
    assert client.get(f"{ENTRIES}?filters[updated_at]=2026-01-01...2027-01-01").body == []
    [gone] = client.get(f"{ENTRIES}?filters[deleted_at]=2026-06-01T13:00:00Z...2027-01-01").body
    assert (gone["id"], gone["deleted_at"]) == (made["id"], "2026-06-01T13:00:00Z")
    assert client.get(f"{ENTRIES}?filters[deleted_at]=2026-06-02...2027-01-01").body == []


def test_entries_are_approved_with_their_timesheet(client: Client, site: Site) -> None:
    sheets = f"/rest/v1.0/projects/{site.project}/timesheets"
    sheet = client.post(sheets, {"timesheet": {"date": "2026-05-31"}}).body["id"]
    made = entry(client, site, timesheet_id=sheet)
    answer = client.patch(f"{sheets}/update_approval", {"timesheets": [{"id": sheet, "status": "approved"}]})
    assert answer.body[0]["timecard_entries"][0]["approval_status"] == "approved"
    assert client.get(f"{ENTRIES}/{made['id']}").body["timesheet"] == {"id": sheet, "status": "approved"}
    refused = client.patch(f"{sheets}/update_approval", {"timesheets": [{"id": sheet, "status": "done"}]})
    assert refused.status == 400


def test_a_project_lists_today_unless_days_are_named(client: Client, site: Site) -> None:
    entry(client, site)
    today = entry(client, site, date="2026-06-01")
    path = f"/rest/v1.0/projects/{site.project}/timecard_entries"
    assert [one["id"] for one in client.get(path).body] == [today["id"]]
    assert len(client.get(f"{path}?start_date=2026-05-01&end_date=2026-06-30").body) == 2


def test_entries_of_projects_that_the_app_may_not_see_are_not_listed(client: Client, site: Site) -> None:
    entry(client, site)
    client.seed("settings", id="app", permitted_projects=[])
    assert client.get(ENTRIES).body == []
