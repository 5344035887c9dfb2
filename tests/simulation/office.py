"""What an office does with companies, projects and cost codes between two nights, and what must come of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

from tests.pipeline.story import Story

Row = dict[str, Any]


class Office:
    """Companies, projects and codes of both sides as they must be in the end, beside the world of a story."""

    def __init__(self, story: Story, chance: Random) -> None:
        self.night, self.site, self.chance = story.night, story.site, chance
        self.night.set(
            companies={"export": "all", "import": "all"},
            projects={"export": "all", "import": "all"},
        )
        self.companies = {str(one["id"]): one["name"] for one in self.night.stage.records("procore.vendors")}
        self.projects = {str(one["id"]): one["name"] for one in self.night.stage.records("procore.projects")}
        self.suppliers: list[str] = []
        self.options: list[str] = []
        self.codes: dict[str, str] = {}
        self.phones: dict[str, str] = {}
        self._number = 0

    def act(self) -> None:
        """Something that a person does in one of the two products, a minute later."""
        acts: list[Callable[[], None]] = [
            *(self._new_company, self._new_supplier, self._rename_company, self._rename_company),
            *(self._new_project, self._new_option, self._rename_project, self._new_code, self._phone),
        ]
        self.night.later(minutes=1)
        self.chance.choice(acts)()

    # --- acts ---

    def _new_company(self) -> None:
        name = self._named("Company")
        self.companies[str(self.night.company(name)["id"])] = name

    def _new_supplier(self) -> None:
        self.suppliers.append(name := self._named("Supplier"))
        self.night.contact(name)

    def _rename_company(self) -> None:
        company = self.chance.choice(sorted(self.companies))
        self.companies[company] = name = self._named("Company")
        self.site.seed("vendors", {"id": int(company), "name": name})

    def _new_project(self) -> None:
        name = self._named("Project")
        self.projects[str(self.night.project(name)["id"])] = name

    def _new_option(self) -> None:
        self.options.append(name := self._named("Job"))
        self.night.option(name)

    def _rename_project(self) -> None:
        project = self.chance.choice(sorted(self.projects))
        self.projects[project] = name = self._named("Project")
        self.site.seed("projects", {"id": int(project), "name": name})

    def _new_code(self) -> None:
        self._number += 1
        number, name = str(400 + self._number), f"Work {self._number}"
        below = {"parent_id": self.site.division["id"], **self.site.list}
        [standard] = self.site.seed("standard_cost_codes", {"code": number, "name": name, **below})
        self.site.wbs(standard, "S")
        self.codes[f"03-{number}.S"] = name

    def _phone(self) -> None:
        """The bookkeeper fills in what only a new contact gets from Procore."""
        number = f"555 {self.chance.randrange(1000, 9999)}"
        contact = self.chance.choice(self.night.stage.records("xero.contacts"))
        self.phones[contact["ContactID"]] = number
        phones = [{"PhoneType": "MOBILE", "PhoneNumber": number}]
        self.night.stage.seed("xero", "contacts", {"ContactID": contact["ContactID"], "Phones": phones})

    def _named(self, what: str) -> str:
        self._number += 1
        return f"{what} {self._number}"

    # --- what holds in the end ---

    def check(self) -> None:
        """Each record is on both sides once under its present name, and what a person typed is still there."""
        self._check_companies()
        self._check_projects()
        self._check_codes()
        for flow in ("companies", "contacts", "projects", "tracking_options", "cost_codes"):
            assert not self.night.open(flow), f"{flow}: {self.night.open(flow)}"

    def _check_companies(self) -> None:
        expected = sorted([*self.companies.values(), *self.suppliers])
        vendors = {str(one["id"]): one["name"] for one in self.night.stage.records("procore.vendors")}
        contacts = {one["ContactID"]: one for one in self.night.stage.records("xero.contacts")}
        assert sorted(vendors.values()) == sorted(one["Name"] for one in contacts.values()) == expected
        linked = self.night.links("companies")
        assert all(contacts[linked[one]]["Name"] == name for one, name in vendors.items())
        for contact, number in self.phones.items():
            [typed] = [one for one in contacts[contact]["Phones"] if one["PhoneType"] == "MOBILE"]
            assert typed["PhoneNumber"] == number

    def _check_projects(self) -> None:
        expected = sorted([*self.projects.values(), *self.options])
        projects = {str(one["id"]): one["name"] for one in self.night.stage.records("procore.projects")}
        options = {one["TrackingOptionID"]: one["Name"] for one in self.night.stage.records("xero.tracking_options")}
        assert sorted(projects.values()) == sorted(options.values()) == expected
        linked = self.night.links("projects")
        assert all(options[linked[one]] == name for one, name in projects.items())

    def _check_codes(self) -> None:
        items = Counter(one["Code"] for one in self.night.stage.records("xero.items"))
        assert max(items.values()) == 1, f"there twice: {items}"
        names = {one["Code"]: one.get("Name") for one in self.night.stage.records("xero.items")}
        assert {code: names.get(code) for code in self.codes} == self.codes
