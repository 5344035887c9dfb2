"""Puts the contractor's story into Procore, record by record, as people there would have typed it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from sandbox.datasets import seed_procore_documents as documents
from sandbox.datasets import seed_procore_owner as owner_side
from sandbox.datasets import seed_procore_time as crew_time
from sandbox.datasets.customers import LABEL, customers
from sandbox.datasets.masterformat import COST_TYPES, DIVISIONS
from sandbox.datasets.model import Company, Contractor, CostCode, Line, Project
from sandbox.datasets.procore_ids import Procore, Seed, budget_key, times
from sandbox.datasets.trades import OWN_UNITS
from sandbox.world import Record, World

FOUNDED = date(2025, 4, 1)
LIST = "Ironwood standard codes"


def seed(world: World, put: Seed, contractor: Contractor) -> Procore:
    """Fills an installed Procore, and returns it with the ids it gave. Raises `ValueError` for a refused record."""
    procore = Procore(put)
    _company(world, procore)
    _standard_codes(procore, contractor.cost_codes)
    for company in contractor.companies:
        procore.put("vendors", company.key, vendor(company))
    customer_of = _customers(procore, contractor)
    for project in contractor.projects:
        procore.put("projects", project.number, {**_project(project), **customer_of.get(project.number, {})})
        _structure(procore, project)
        _project_codes(procore, project, contractor.cost_codes)
    _budget_codes(procore, contractor)
    documents.seed(procore, contractor)
    owner_side.seed(procore, contractor)
    crew_time.seed(world, procore)
    _switch_off(procore, contractor)
    return procore


def _company(world: World, procore: Procore) -> None:
    """Cost types and units, as far as the installed company has none of that name."""
    types = {row["code"]: row["id"] for row in world.tables.all("procore.line_item_types")}
    for code, name, base_type in COST_TYPES:
        if code in types:
            procore.ids["line_item_types", code] = types[code]
        else:
            record = {"name": name, "csv_import_code": code, "code": code, "base_type": base_type, **times(FOUNDED)}
            procore.put("line_item_types", code, record)
    units = {row["name"] for row in world.tables.all("procore.uoms")}
    for unit in OWN_UNITS:
        if unit not in units:
            procore.put("uoms", unit, {"name": unit})


def _standard_codes(procore: Procore, codes: Iterable[CostCode]) -> None:
    parent_list = procore.put("standard_cost_code_lists", LIST, {"name": LIST, **times(FOUNDED)})
    for code, (name, _) in DIVISIONS.items():
        record = {"standard_cost_code_list_id": parent_list, "parent_id": None, "code": code, "name": name}
        procore.put("standard_cost_codes", code, {**record, **times(FOUNDED)})
    for leaf in codes:
        parent = procore.id("standard_cost_codes", leaf.division)
        record = {"standard_cost_code_list_id": parent_list, "parent_id": parent, "code": leaf.own, "name": leaf.name}
        procore.put("standard_cost_codes", leaf.code, {**record, **times(FOUNDED)})


def _customers(procore: Procore, contractor: Contractor) -> dict[str, Record]:
    """The custom field with each project's customer, by the project's number."""
    definition = {"label": LABEL, "data_type": "vendor", **times(FOUNDED)}
    field = f"custom_field_{procore.put('custom_field_definitions', LABEL, definition)}"
    return {number: {field: procore.id("vendors", key)} for number, key in customers(contractor).items()}


def vendor(company: Company) -> Record:
    """A company as a record of Procore's directory."""
    return {
        "name": company.name,
        "address": company.place.street,
        "city": company.place.city,
        "state_code": company.place.state,
        "zip": company.place.zip,
        "country_code": "US",
        "business_phone": company.phone,
        "fax_number": company.fax,
        "email_address": company.email,
        "notes": company.notes,
        "authorized_bidder": company.kind in {"subcontractor", "bidder"},
        "is_active": True,
        **times(FOUNDED),
    }


def _project(project: Project) -> Record:
    return {
        "name": project.name,
        "project_number": project.number,
        "address": project.place.street,
        "city": project.place.city,
        "state_code": project.place.state,
        "zip": project.place.zip,
        "country_code": "US",
        "time_zone": project.time_zone,
        "start_date": project.start.isoformat(),
        "completion_date": project.finish.isoformat(),
        "total_value": str(project.value),
        "active": True,
        **times(project.start),
    }


def _structure(procore: Procore, project: Project) -> None:
    """Sub jobs, and the items of a custom segment."""
    project_id = procore.id("projects", project.number)
    for serial, name in enumerate(project.sub_jobs, 1):
        record = {"project_id": project_id, "code": f"{serial:02d}", "name": name, **times(project.start)}
        procore.put("sub_jobs", (project.number, name), record)
    if not project.segments:
        return
    segment = procore.put("segments", project.number, {"project_id": project_id, "name": "Phase", "structure": "flat"})
    for serial, name in enumerate(project.segments, 1):
        record = {"segment_id": segment, "project_id": project_id, "code": f"P{serial}", "name": name}
        procore.put("segment_items", (project.number, name), {**record, **times(project.start)})


def _project_codes(procore: Procore, project: Project, codes: Iterable[CostCode]) -> None:
    """The standard list, copied into a project."""
    for code, (name, _) in DIVISIONS.items():
        _project_code(procore, project, code, {"parent_id": None, "code": code, "name": name})
    for leaf in codes:
        parent = procore.id("cost_codes", (project.number, leaf.division))
        _project_code(procore, project, leaf.code, {"parent_id": parent, "code": leaf.own, "name": leaf.name})


def _project_code(procore: Procore, project: Project, full: str, record: Record) -> None:
    more = {
        "project_id": procore.id("projects", project.number),
        "standard_cost_code_id": procore.id("standard_cost_codes", full),
    }
    procore.put("cost_codes", (project.number, full), {**record, **more, **times(project.start)})


def _budget_codes(procore: Procore, contractor: Contractor) -> None:
    """A WBS code for each code that a line of the project uses."""
    projects = {project.number: project for project in contractor.projects}
    for number, position, line in _all_lines(contractor):
        project = projects[number]
        key = budget_key(project, line, position)
        if ("wbs_codes", key) not in procore.ids:
            procore.put("wbs_codes", key, _budget_code(procore, project, line, key[2]))


def _all_lines(contractor: Contractor) -> Iterator[tuple[str, int, Line]]:
    project_of = {one.key: one.project for one in contractor.commitments}
    for one in contractor.commitments:
        yield from ((one.project, position, line) for position, line in enumerate(one.lines))
    for order in contractor.change_orders:
        yield from ((project_of[order.commitment], position, line) for position, line in enumerate(order.lines))
    for cost in contractor.direct_costs:
        yield from ((cost.project, position, line) for position, line in enumerate(cost.lines))


def _budget_code(procore: Procore, project: Project, line: Line, variant: str) -> Record:
    return {
        "project_id": procore.id("projects", project.number),
        "cost_code_id": procore.id("cost_codes", (project.number, line.cost_code)),
        "line_item_type_id": procore.id("line_item_types", line.cost_type),
        **_beside(procore, project, variant),
        "status": "active",
        **times(project.start),
    }


def _beside(procore: Procore, project: Project, variant: str) -> dict[str, Any]:
    if variant in project.sub_jobs:
        return {"sub_job_id": procore.id("sub_jobs", (project.number, variant))}
    if variant in project.segments:
        segment = str(procore.id("segments", project.number))
        return {"custom_items": {segment: procore.id("segment_items", (project.number, variant))}}
    return {}


def _switch_off(procore: Procore, contractor: Contractor) -> None:
    """Last, because nobody writes on what is switched off: inactive companies and projects, the app's permissions."""
    for company in contractor.companies:
        if not company.active:
            record = {"id": procore.id("vendors", company.key), "is_active": False, **times(FOUNDED, date(2026, 6, 1))}
            procore.seed("vendors", record)
    for project in contractor.projects:
        if not project.active:
            record = {
                "id": procore.id("projects", project.number),
                "active": False,
                **times(project.start, project.finish),
            }
            procore.seed("projects", record)
    permitted = [procore.id("projects", project.number) for project in contractor.projects if project.permitted]
    procore.seed("settings", {"id": "app", "permitted_projects": permitted})
