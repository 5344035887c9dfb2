"""One call to the API: who calls, about which company and project, with what; and what it may see and do."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import msgspec

from sandbox.http import Request
from sandbox.multipart import Part, is_multipart, parts_of
from sandbox.procore import errors
from sandbox.procore.state import State
from sandbox.world import Record

Level = Literal["none", "read", "standard", "admin"]
LEVELS: tuple[Level, ...] = ("none", "read", "standard", "admin")
COMPANY_TOOLS = ("admin", "directory", "portfolio", "workflows")
PROJECT_TOOLS = (
    *("admin", "directory", "budget", "commitments", "change_orders", "direct_costs", "invoicing"),
    *("timesheets", "prime_contracts"),
)


@dataclass(frozen=True)
class Call:
    """A request with what it is about."""

    state: State
    request: Request

    @cached_property
    def body(self) -> Record:
        """The body as an object; empty for one in parts. Raises `RefusedError` (400) if it is not JSON."""
        if is_multipart(self.request):
            return {}
        try:
            body = self.request.json() if self.request.body else {}
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise errors.bad_request(f"The request body is not valid JSON: {error}") from error
        return body if isinstance(body, dict) else {"updates": body}

    @cached_property
    def parts(self) -> list[Part] | None:
        """The parts of the body; None if it does not come in parts. Raises `RefusedError` (400)."""
        try:
            return parts_of(self.request) if is_multipart(self.request) else None
        except ValueError as error:
            raise errors.bad_request(f"The request body is not {error}") from None

    @cached_property
    def project(self) -> Record:
        """The project that the call names. Raises `RefusedError`: none named (400), not visible (404)."""
        key = self.named("project_id")
        if key is None:
            raise errors.bad_request("project_id is missing")
        project = self.state.get("projects", key)
        if project is None or not visible(self.state, project):
            raise errors.not_found()
        return project

    def named(self, name: str) -> Any:
        """A parameter from path, query or body."""
        return self.request.path_params.get(name) or self.request.first(name) or self.body.get(name)

    def wrapped(self, wrapper: str) -> Record:
        """The fields of a record in the body. Raises `RefusedError` (400) if they are not there."""
        given = self.body.get(wrapper)
        if not isinstance(given, dict):
            raise errors.bad_request(f"param is missing or the value is empty: {wrapper}")
        return given

    def path_id(self, name: str = "id") -> str:
        """An id in the path."""
        return self.request.path_params[name]

    def check_company(self) -> None:
        """Raises `RefusedError`: no header (400), not connected (403), another company in path, query or body (403)."""
        header = self.request.headers.get("procore-company-id")
        if not header:
            raise errors.bad_request(errors.MISSING_COMPANY)
        named = self.named("company_id") if self.request.method != "GET" else self._named_outside_body("company_id")
        for key in (header, named):
            if key is not None and str(key) != str(self.state.company["id"]):
                raise errors.forbidden(errors.NOT_CONNECTED)
        if not self.state.setting("app").get("connected", True):
            raise errors.forbidden(errors.NOT_CONNECTED)

    def require_company(self) -> None:
        """Raises `RefusedError` (400) if only the header names the company: path, query or body must do so too."""
        if self.named("company_id") is None:
            raise errors.bad_request("company_id is missing")

    def require(self, tool: str, level: Level, in_project: bool) -> None:
        """Raises `RefusedError` (403) if the tool is off in the project or the service account's level is too low."""
        if in_project and tool in (self.project.get("disabled_tools") or []):
            raise errors.forbidden(f"The {title(tool)} tool is not enabled for this project")
        project_id = self.project["id"] if in_project else None
        if LEVELS.index(level_of(self.state, tool, project_id)) < LEVELS.index(level):
            raise errors.forbidden(f"You need {level} permission on the {title(tool)} tool to do this")

    def _named_outside_body(self, name: str) -> Any:
        return self.request.path_params.get(name) or self.request.first(name)


def visible(state: State, project: Record) -> bool:
    """Whether the app may see a project: it is on the list of permitted projects, or there is no such list."""
    permitted = state.setting("app").get("permitted_projects")
    return permitted is None or project["id"] in permitted


def permission_key(tool: str, project_id: object = None) -> str:
    """The id of the permission on a tool: everywhere, or in one project."""
    return tool if project_id is None else f"{tool}@{project_id}"


def level_of(state: State, tool: str, project_id: object = None) -> Level:
    """The service account's level on a tool; in a project its own one where there is one, else the one everywhere."""
    row = state.get("permissions", permission_key(tool, project_id)) or state.get("permissions", tool)
    level: Level = row["level"] if row else "none"
    return level


def title(tool: str) -> str:
    """A tool's name as people read it."""
    return tool.replace("_", " ").title()
