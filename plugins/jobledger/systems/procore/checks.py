"""What the doctor says about a Procore connection."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from jobledger.errors import Finding, FixTheSetup
from jobledger.systems.base import Record, Window
from jobledger.systems.procore.api import COMPANY_HEADER, Api
from jobledger.systems.procore.locks import ORIGIN_PREFIXES
from jobledger.systems.procore.projects import Permitted
from jobledger.systems.procore.reads import Projects, Readable
from jobledger.systems.procore.refusals import ClosedError

_SCANNED = {"vendors": "companies", "projects": "projects", "standard_cost_codes": "standard cost codes"}


def findings(api: Api, known: int | None, permitted: Permitted, reads: Mapping[str, Readable]) -> list[Finding]:
    """Every check; the later ones are left out when the company cannot be reached. `known` as in `check_company`."""
    reached = stated("Procore company", lambda: check_company(api, known))
    if not reached.ok:
        return [reached]
    scans = [_scan(reads[entity], label) for entity, label in _SCANNED.items()]
    return [reached, *check_permissions(api), check_projects(permitted), check_budget_views(api, permitted), *scans]


def check_company(api: Api, known: int | None = None) -> Finding:
    """Whether the app is installed in the company, and in which others (SMX-QBO-7). Raises `FixTheSetup`.

    Procore answers only to somebody who names a company that has the app (developer managed service accounts): where
    the integration's has it not, the one that the connection names, `known`, is asked about.
    """
    companies = _companies(api, known)
    mine = next((one for one in companies if one["id"] == api.company_id), None)
    others = ", ".join(f"{one.get('name')} ({one['id']})" for one in companies if one is not mine)
    if mine is not None:
        also = f" The app is installed in {others} too." if others else ""
        return Finding("Procore company", True, f"Connected to {mine.get('name')}.{also}")
    message = f"The app is not installed in company {api.company_id}; it is installed in {others or 'no company'}."
    remedy = "Write the id of the right one as procore.company_id, or install the app in the company."
    return Finding("Procore company", False, message, remedy)


def _companies(api: Api, known: int | None) -> list[Record]:
    try:
        return api.rows("v1.0/companies")
    except FixTheSetup:
        if known in (None, api.company_id):
            raise
        headers = {**api.client.headers, COMPANY_HEADER: str(known)}
        return Api(replace(api.client, headers=headers), api.company_id).rows("v1.0/companies")


def check_permissions(api: Api) -> list[Finding]:
    """Whether the app's service account is an administrator of each tool that is used (XER-1)."""
    answer = api.client.get("rest/v1.0/settings/permissions", {"company_id": api.company_id})
    if not answer.ok or not isinstance(answer.body, dict):
        return [Finding("Procore permissions", True, "Procore does not tell the permissions.", required=False)]
    return list(_levels({str(tool.get("name")): tool for tool in answer.body.get("tools") or []}))


def check_projects(permitted: Permitted) -> Finding:
    """Which projects the app may see."""
    return stated("Procore projects", lambda: _projects(permitted))


def check_budget_views(api: Api, permitted: Permitted) -> Finding:
    """Whether a budget view of each of the first projects has a column of direct costs (XER-163).

    Columns have the names that the customer gave them; a project without budget lines tells none.
    """
    return stated("Procore budget views", lambda: _budget_views(api, permitted))


def check_customer_field(projects: Projects, label: str) -> Finding:
    """Whether the company has the custom field that names each project's customer (SMX-QBO-36)."""
    return stated("Procore customer field", lambda: _customer_field(projects, label))


def stated(topic: str, check: Callable[[], Finding]) -> Finding:
    """A check's finding, or what it could not do."""
    try:
        return check()
    except FixTheSetup as error:
        return Finding(topic, False, error.found, error.remedy)


def _projects(permitted: Permitted) -> Finding:
    seen = {project["id"] for project in permitted.projects()}
    missing = [] if permitted.chosen == "all" else [one for one in permitted.chosen if one not in seen]
    if seen and not missing:
        return Finding("Procore projects", True, f"{len(seen)} active projects are permitted.")
    named = (
        f"These projects are not permitted: {', '.join(map(str, missing))}." if missing else "No project is permitted."
    )
    return Finding("Procore projects", False, named, "Add them to the app's permitted projects in App Management.")


def _customer_field(projects: Projects, label: str) -> Finding:
    if projects.customer_key:
        return Finding("Procore customer field", True, f"Projects have the custom field '{label}'.")
    remedy = "Add it in Company Admin > Project Settings > Fieldsets with the type Company, or correct the setting."
    message = f"Procore has no custom field '{label}' (setting projects.customer_field): no project has a customer."
    return Finding("Procore customer field", False, message, remedy)


_LOOKED_AT = 20
_COSTS = re.compile(r"direct.?cost|job.?to.?date|jtd", re.IGNORECASE)


def _budget_views(api: Api, permitted: Permitted) -> Finding:
    projects = permitted.projects()[:_LOOKED_AT]
    blind = [project["name"] for project in projects if not _shows_costs(api, project["id"])]
    if not blind:
        return Finding("Procore budget views", True, "Direct costs have a column wherever there is a budget.")
    message = f"No budget view shows direct costs in {', '.join(blind[:3])}{' and others' if blind[3:] else ''}."
    remedy = "Add the columns Direct Costs and Job to Date Costs to a budget view: what comes in does not show without."
    return Finding("Procore budget views", False, message, remedy, required=False)


def _shows_costs(api: Api, project_id: int) -> bool:
    query = {"project_id": project_id}
    try:
        views = [view["id"] for view in api.rows("v1.0/budget_views", query)]
        rows = [row for view in views for row in api.rows(f"v1.0/budget_views/{view}/detail_rows", query)[:1]]
    except ClosedError:
        return True
    return not rows or any(_COSTS.search(column) for row in rows for column in row)


_NEEDED = {"admin": "Admin", "directory": "Directory", "portfolio": "Portfolio"}


def _levels(tools: Mapping[str, Mapping[str, object]]) -> Iterator[Finding]:
    for name, label in _NEEDED.items():
        level = tools.get(name, {}).get("user_access_level")
        is_admin = isinstance(level, Mapping) and level.get("name") == "admin"
        message = f"{'Administrator' if is_admin else 'Not an administrator'} of the {label} tool."
        remedy = "" if is_admin else f"Give the app's service account the level Admin on the company's {label} tool."
        yield Finding(f"Procore permission: {label}", is_admin, message, remedy)


def _scan(readable: Readable, label: str) -> Finding:
    return stated(f"Procore origin ids of {label}", lambda: _foreign(readable, label))


def _foreign(readable: Readable, label: str) -> Finding:
    """Whether another integration has written origin ids (PRC-API-12)."""
    rows = (row for page in readable.read(Window()) for row in page.rows)
    foreign = [row for row in rows if row.get("origin_id") and not str(row["origin_id"]).startswith(ORIGIN_PREFIXES)]
    topic = f"Procore origin ids of {label}"
    if not foreign:
        return Finding(topic, True, f"No {label} carry another integration's origin_id.")
    named = ", ".join(f"'{row.get('name')}' ({row['origin_id']})" for row in foreign[:3])
    message = f"{len(foreign)} {label} carry another integration's origin_id: {named}."
    remedy = "Disconnect the other integration and clear its origin ids; until then these records are conflicts."
    return Finding(topic, False, message, remedy, required=False)
