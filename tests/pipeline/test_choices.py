"""What takes part: choices of companies, projects and cost codes (ACC-9), and what cannot be carried over (ACC-2)."""

from __future__ import annotations

from typing import Any

import pytest

from jobledger.store import approvals
from jobledger.store.approvals import Approval
from jobledger.store.engine import writing
from tests.pipeline.night import STAGE_1, STAGE_2, Night

BOTH = ("companies", "contacts")


def send(night: Night, flow: str, record_id: Any, decision: Any = "sent") -> None:
    with writing(night.engine) as connection:
        now = night.stage.sandbox.world.clock.now()
        approvals.add(connection, night.pair, flow, Approval(str(record_id), "", decision, "ann"), now)


def commitment(night: Night, project: dict[str, Any], company: dict[str, Any], **more: Any) -> dict[str, Any]:
    row = {"project_id": project["id"], "vendor_id": company["id"], "title": "Work", **more}
    return night.stage.seed("procore", "work_order_contracts", row)[0]


@pytest.mark.feature("ACC-9")
def test_by_default_no_bidder_becomes_a_contact_and_no_head_office_option_becomes_a_project(night: Night) -> None:
    night.settings = {name: night.settings[name] for name in ("name", "procore", "accounting", "live", "cutover")}
    night.set(approvals={"default": "automatic"})
    tower, sub = night.project("Tower"), night.company("Subcontractor")
    night.company("Bidder")
    night.contact("Landlord of the office")
    night.option("Head office")
    commitment(night, tower, sub)
    counts = night.run(*STAGE_1)
    assert counts["companies"] == {"created": 1, "not_chosen": 1}
    assert counts["contacts"] == {"not_chosen": 1}
    assert counts["projects"] == {"not_chosen": 1}
    assert counts["tracking_options"] == {"not_chosen": 1}
    assert night.contacts() == ["Landlord of the office", "Subcontractor"]
    assert night.options() == ["Head office"]
    assert [one["name"] for one in night.stage.records("procore.projects")] == ["Tower"]


@pytest.mark.feature("ACC-9")
def test_a_company_of_a_void_commitment_is_not_carried_over(night: Night) -> None:
    night.set(companies={"export": "used_on_commitments"})
    commitment(night, night.project("Tower"), night.company("Subcontractor"), status="Void")
    assert night.run(*BOTH)["companies"] == {"not_chosen": 1}


@pytest.mark.feature("ACC-9", "XER-5", "XER-6")
def test_what_is_sent_is_carried_over_and_what_is_taken_back_is_not(night: Night) -> None:
    night.set(companies={"export": "sent"})
    names = ("Apex Steel", "Baker Electric LLC", "Zeller Roofing")
    apex, baker, zeller = (night.company(name) for name in names)
    night.later(hours=1)
    assert night.run(*BOTH)["companies"] == {"not_chosen": 3}
    send(night, "companies", apex["id"])
    send(night, "companies", zeller["id"])
    send(night, "companies", zeller["id"], "retrieved")
    night.later(days=1)
    assert night.run(*BOTH)["companies"] == {"created": 1}
    assert night.contacts() == ["Apex Steel"]
    send(night, "companies", baker["id"])
    night.later(days=1)
    night.run(*BOTH)
    assert night.contacts() == ["Apex Steel", "Baker Electric LLC"]


@pytest.mark.feature("ACC-9", "XER-20", "XER-24")
def test_a_project_is_exported_when_it_is_sent(night: Night) -> None:
    night.set(projects={"export": "sent"})
    night.job_category()
    tower = night.project("Tower")
    night.project("Mall")
    night.later(hours=1)
    assert night.run(*STAGE_1)["projects"] == {"not_chosen": 2}
    send(night, "projects", tower["id"])
    night.later(days=1)
    assert night.run(*STAGE_1)["projects"] == {"created": 1}
    assert night.options() == ["Tower"]


@pytest.mark.feature("ACC-9", "XER-10", "XER-25")
def test_imports_wait_for_a_request_unless_all_are_wanted(night: Night) -> None:
    contact, option = night.contact("Theirs"), night.option("Their Job")
    night.contact("Not wanted")
    night.run(*STAGE_1)
    assert night.stage.records("procore.vendors") == night.stage.records("procore.projects") == []
    send(night, "contacts", contact["ContactID"])
    send(night, "tracking_options", option["TrackingOptionID"])
    night.later(days=1)
    night.run(*STAGE_1)
    assert [one["name"] for one in night.stage.records("procore.vendors")] == ["Theirs"]
    assert [one["name"] for one in night.stage.records("procore.projects")] == ["Their Job"]
    [vendor] = night.stage.records("procore.vendors")
    assert vendor["origin_id"] == f"xero:contact:{contact['ContactID']}"
    night.set(companies={"export": "all", "import": "all"})
    night.later(days=1)
    night.run(*STAGE_1)
    assert sorted(one["name"] for one in night.stage.records("procore.vendors")) == ["Not wanted", "Theirs"]


def test_an_archived_contact_is_not_imported(night: Night) -> None:
    night.set(companies={"export": "all", "import": "all"})
    night.contact("Old", ContactStatus="ARCHIVED")
    assert night.run(*BOTH)["contacts"] == {"not_chosen": 1}
    assert night.stage.records("procore.vendors") == []


# -- cost codes ----------------------------------------------------------------------------------------------------


class Codes:
    """A standard list, and projects that use its codes."""

    def __init__(self, night: Night) -> None:
        self.night = night
        [self.list] = self.seed("standard_cost_code_lists", {"name": "Standard"})
        self.types = {one["code"]: one["id"] for one in night.stage.records("procore.line_item_types")}

    def seed(self, entity: str, row: dict[str, Any]) -> list[dict[str, Any]]:
        return self.night.stage.seed("procore", entity, row)

    def standard(self, code: str, name: str) -> dict[str, Any]:
        return self.seed(
            "standard_cost_codes", {"standard_cost_code_list_id": self.list["id"], "code": code, "name": name}
        )[0]

    def use(
        self, project: dict[str, Any], standard: dict[str, Any] | None, kind: str = "S", **more: Any
    ) -> dict[str, Any]:
        """A WBS code in a project, of a standard code or of one that only this project has."""
        own = {"code": "99-EXTRA", "name": "Extra work"}
        code = {name: standard[name] for name in ("code", "name")} if standard else own
        given = {"project_id": project["id"], **code, "standard_cost_code_id": standard["id"] if standard else None}
        found = [
            one
            for one in self.night.stage.records("procore.cost_codes")
            if (one["project_id"], one["code"]) == (project["id"], code["code"])
        ]
        [made] = found or self.seed("cost_codes", given)
        wbs = {"project_id": project["id"], "cost_code_id": made["id"], "line_item_type_id": self.types[kind], **more}
        return self.seed("wbs_codes", wbs)[0]

    def items(self) -> list[str]:
        return sorted(one["Code"] for one in self.night.stage.records("xero.items"))


@pytest.fixture
def codes(night: Night) -> Codes:
    return Codes(night)


@pytest.mark.feature("ACC-2", "ACC-9", "XER-104", "XER-111", "XER-112", "XER-113")
def test_a_code_in_use_in_several_projects_becomes_one_item_and_an_unused_one_none(night: Night, codes: Codes) -> None:
    concrete = codes.standard("03-300", "Concrete")
    codes.standard("09-900", "Painting")
    for name in ("Tower", "Mall"):
        codes.use(night.project(name), concrete)
    assert night.run(*STAGE_2)["cost_codes"] == {"created": 1}
    [item] = night.stage.records("xero.items")
    assert (item["Code"], item["Name"], item["PurchaseDescription"]) == (
        "03-300.S",
        "Concrete",
        "Concrete - Commitment",
    )


@pytest.mark.feature("ACC-3", "XER-114")
def test_a_new_item_takes_the_purchase_account_and_a_later_choice_of_the_bookkeeper_stays(
    night: Night, codes: Codes
) -> None:
    concrete = codes.standard("03-300", "Concrete")
    codes.use(night.project("Tower"), concrete)
    night.run(*STAGE_2)
    [item] = night.stage.records("xero.items")
    assert item["PurchaseDetails"]["AccountCode"] == "5000"
    night.edit(item, PurchaseDetails={"AccountCode": "5100"})
    night.set(defaults={"purchase_account": "5200"})
    codes.seed("standard_cost_codes", {"id": concrete["id"], "name": "Cast-in-Place Concrete"})
    for _ in range(2):
        night.later(hours=1)
        night.run(*STAGE_2)
    [item] = night.stage.records("xero.items")
    assert (item["Name"], item["PurchaseDetails"]["AccountCode"]) == ("Cast-in-Place Concrete", "5100")


@pytest.mark.feature("ACC-2")
def test_codes_for_which_xero_has_no_place_are_blocked_with_what_to_do_and_the_others_go_on(
    night: Night, codes: Codes
) -> None:
    tower = night.project("Tower")
    concrete = codes.standard("03-300", "Concrete")
    codes.use(tower, concrete, "M")
    codes.use(tower, None)
    [job] = codes.seed("sub_jobs", {"project_id": tower["id"], "code": "A", "name": "North"})
    codes.use(tower, concrete, "S", sub_job_id=job["id"])
    phased = night.project("Mall")
    [segment] = codes.seed("segments", {"name": "Phase", "project_id": phased["id"]})
    [item] = codes.seed("segment_items", {"code": "P1", "name": "One", "segment_id": segment["id"]})
    codes.use(phased, concrete, "L", custom_items={str(segment["id"]): item["id"]})
    assert night.run(*STAGE_2)["cost_codes"] == {"created": 1, "blocked": 3}
    assert codes.items() == ["03-300.M"]
    told = {row.reason: row.remedy for row in night.open("cost_codes")}
    assert told == {
        "'Extra work': project only 99-EXTRA.S in project 'Tower'.": "Add the cost code to the company's standard list"
        " in Procore (Admin > Work Breakdown Structure).",
        "'Concrete': sub job A North in project 'Tower'.": "Xero has no place for sub jobs. Set cost_codes.sub_jobs to"
        " ignore if they may share one item.",
        "'Concrete': custom segments Phase P1 in project 'Mall'.": "Xero has no place for custom segments. Budget this"
        " cost on a code without them.",
    }


@pytest.mark.feature("ACC-2")
def test_sub_jobs_share_their_code_s_item_where_they_are_ignored(night: Night, codes: Codes) -> None:
    tower = night.project("Tower")
    concrete = codes.standard("03-300", "Concrete")
    codes.use(tower, concrete)
    [job] = codes.seed("sub_jobs", {"project_id": tower["id"], "code": "A", "name": "North"})
    codes.use(tower, concrete, sub_job_id=job["id"])
    night.set(cost_codes={"sub_jobs": "ignore"})
    assert night.run(*STAGE_2)["cost_codes"] == {"created": 1}
    assert codes.items() == ["03-300.S"]


@pytest.mark.feature("ACC-2", "XTR-16")
@pytest.mark.parametrize(("length", "outcome"), [(28, "created"), (29, "invalid")])
def test_an_item_code_may_have_30_characters_and_is_never_cut(
    night: Night, codes: Codes, length: int, outcome: str
) -> None:
    night.with_suites = True
    codes.use(night.project("Tower"), codes.standard("1" * length, "Long"))
    assert night.run(*STAGE_2)["cost_codes"] == {outcome: 1}
    if outcome == "created":
        assert codes.items() == ["1" * 28 + ".S"]
        return
    [told] = night.open("cost_codes")
    assert "Code: The cost code with its cost type has more than 30 characters." in told.reason
    assert "1" * 29 + ".S" in told.reason
    assert told.remedy == "Shorten it in Procore."


@pytest.mark.feature("ACC-2")
def test_a_name_over_50_characters_is_cut_and_that_is_told(night: Night, codes: Codes) -> None:
    name = "Cast-in-place concrete of foundations and retaining walls, formed"
    codes.use(night.project("Tower"), codes.standard("03-300", name))
    night.run(*STAGE_2)
    [item] = night.stage.records("xero.items")
    assert item["Name"] == name[:50].rstrip()
    assert f"Name: '{name}' is cut to 50 characters." in night.told("cost_codes")[name]
    night.later(hours=1)
    assert night.run(*STAGE_2)["cost_codes"] == {"unchanged": 1}
    assert night.told("cost_codes") == {}


@pytest.mark.feature("XER-29", "XER-30")
def test_cost_codes_are_exported_when_they_are_sent_where_that_is_chosen(night: Night, codes: Codes) -> None:
    night.set(cost_codes={"export": "sent"})
    tower = night.project("Tower")
    concrete, paint = codes.standard("03-300", "Concrete"), codes.standard("09-900", "Painting")
    codes.use(tower, concrete)
    codes.use(tower, paint)
    assert night.run(*STAGE_2)["cost_codes"] == {"not_chosen": 2}
    send(night, "cost_codes", f"{paint['id']}-{codes.types['S']}")
    assert night.run(*STAGE_2)["cost_codes"] == {"created": 1, "not_chosen": 1}
    assert codes.items() == ["09-900.S"]


@pytest.mark.feature("ACC-9", "XER-32")
def test_items_become_standard_cost_codes_on_request_or_all(night: Night, codes: Codes) -> None:
    night.set(cost_codes={"import_list": "Standard"})
    [wanted] = night.stage.seed("xero", "items", {"Code": "03-300", "Name": "Concrete"})
    night.stage.seed("xero", "items", {"Code": "09-900", "Name": "Painting"})
    assert night.run(*STAGE_2)["items"] == {"not_chosen": 2}
    send(night, "items", wanted["ItemID"])
    assert night.run(*STAGE_2)["items"] == {"created": 1, "not_chosen": 1}
    [made] = night.stage.records("procore.standard_cost_codes")
    assert (made["code"], made["name"], made["origin_id"]) == ("03-300", "Concrete", f"xero:item:{wanted['ItemID']}")
    night.set(cost_codes={"import": "all", "import_list": "Standard"})
    night.run(*STAGE_2)
    assert sorted(one["code"] for one in night.stage.records("procore.standard_cost_codes")) == ["03-300", "09-900"]
