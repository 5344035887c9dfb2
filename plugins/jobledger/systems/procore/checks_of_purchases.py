"""What the doctor says about booking card purchases in Procore: permissions in projects, and the vendor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from jobledger.errors import Finding, FixTheSetup
from jobledger.systems.base import Record, Window
from jobledger.systems.compare import plain
from jobledger.systems.procore.api import Api, record_id
from jobledger.systems.procore.checks import stated
from jobledger.systems.procore.projects import Permitted
from jobledger.systems.procore.reads import Readable

LOOKED_AT = 20
"""Projects whose permissions are asked for, each with a call."""

_NAMED = 3
_OFFERED = 5

_HOW = (
    "In Procore open the contact page of the app's service account in the company Directory, and set it to Admin for "
    "every tool of the permission matrix of these projects (or in the project: Project > Directory > Permissions)."
)


def check_tools(api: Api, permitted: Permitted, tools: Sequence[str]) -> list[Finding]:
    """Whether the app is an administrator of each tool, by its name, in the first permitted projects (PEX-10)."""
    try:
        levels = [(project, _levels(api, project)) for project in permitted.projects()[:LOOKED_AT]]
    except FixTheSetup as error:
        return [Finding("Procore permission in projects", False, error.found, error.remedy)]
    told = [(project, of_tools) for project, of_tools in levels if of_tools is not None]
    return [_tool(tool, told) for tool in tools]


def check_vendor(vendors: Readable, vendor: int | None) -> Finding:
    """Whether the company on which purchases are booked is there and active (PEX-29, PEX-30)."""
    return stated("Procore vendor of purchases", lambda: _vendor(vendors, vendor))


def _levels(api: Api, project: Record) -> dict[str, str] | None:
    """The app's level on each tool of a project, by the tool's name; None where Procore does not tell."""
    answer = api.client.get("rest/v1.0/settings/permissions", {"project_id": project["id"]})
    if not answer.ok or not isinstance(answer.body, dict):
        return None
    tools = answer.body.get("tools") or []
    return {_name(one.get("name")): str((one.get("user_access_level") or {}).get("name")) for one in tools}


def _tool(tool: str, projects: Sequence[tuple[Record, dict[str, str]]]) -> Finding:
    topic = f"Procore permission in projects: {tool}"
    if not projects:
        return Finding(topic, True, "Procore does not tell the permissions in projects.", required=False)
    low = [project for project, levels in projects if levels.get(_name(tool), "admin") != "admin"]
    off = [project for project, levels in projects if _name(tool) not in levels]
    if low:
        return Finding(topic, False, f"Not an administrator of {tool} in {_names(low)}.", _HOW)
    if off:
        remedy = "Switch the tool on there, or leave it: nothing can be booked in these projects."
        return Finding(topic, False, f"The tool {tool} is off in {_names(off)}.", remedy, required=False)
    return Finding(topic, True, f"Administrator of {tool} in {len(projects)} projects.")


def _name(tool: object) -> str:
    return plain(tool).replace("_", " ")


def _names(projects: Sequence[Record]) -> str:
    named = ", ".join(f"'{project['name']}'" for project in projects[:_NAMED])
    more = len(projects) - _NAMED
    return f"{named} and {more} more" if more > 0 else named


def _vendor(vendors: Readable, vendor: int | None) -> Finding:
    topic = "Procore vendor of purchases"
    found = next(iter(vendors.fetch([str(vendor)])), None) if vendor is not None else None
    if found is not None and found.get("is_active", True):
        return Finding(topic, True, f"Purchases are booked on '{found.get('name')}'.")
    offered = list(islice(_active(vendors), _OFFERED))
    choice = f"Choose one of: {', '.join(offered)}; or create" if offered else "Create"
    remedy = f"{choice} the company in Procore's Directory first, and write its id into the setting pex.vendor."
    return Finding(topic, False, _wrong(found, vendor), remedy)


def _wrong(found: Record | None, vendor: int | None) -> str:
    if vendor is None:
        return "No vendor is chosen on which purchases are booked."
    if found is None:
        return f"Procore has no company {vendor}."
    return f"The company '{found.get('name')}' ({vendor}) is inactive."


def _active(vendors: Readable) -> Iterator[str]:
    rows = (row for page in vendors.read(Window()) for row in page.rows)
    return (f"{row.get('name')} ({record_id(row)})" for row in rows if row.get("is_active", True))
