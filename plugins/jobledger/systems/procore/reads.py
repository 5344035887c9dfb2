"""Reading vendors, projects and standard cost codes, and looking them up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Protocol

from jobledger.systems.base import Page, Record, Window
from jobledger.systems.compare import same_key
from jobledger.systems.paging import chunks
from jobledger.systems.procore.api import Api, record_id

IDS_PER_CALL = 150
"""What fits into an address. To look up more than twice as many, the whole list costs fewer calls."""

_LATER = timedelta(days=1)


class Readable(Protocol):
    """How one kind of record is read and looked up."""

    def read(self, window: Window) -> Iterator[Page]:
        """As `System.read`."""
        ...

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """As `System.fetch`."""
        ...

    def find(self, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """As `System.find`."""
        ...


def changed(since: datetime | None, now: datetime) -> dict[str, str]:
    """The filter for what changed since. Its end lies ahead, so that an edit during the read takes no record away."""
    if since is None:
        return {}
    until = max(since, now) + _LATER
    return {"filters[updated_at]": f"{_stamp(since)}...{_stamp(until)}"}


class Vendors:
    """The company directory: active companies, and the inactive ones, which Procore keeps in a list of their own."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def read(self, window: Window) -> Iterator[Page]:
        """Inactive companies first: one that is made inactive meanwhile still shows in the list read after it."""
        seen: set[str] = set()
        for page in self._inactive(window.since):
            seen |= {record_id(row) for row in page.rows}
            yield page
        for page in self._api.whole("v1.0/vendors", self._api.of_company(**changed(window.since, self._api.now()))):
            yield Page([row for row in page.rows if record_id(row) not in seen], page.read_at)

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Companies by id; what the active list does not have is looked for among the inactive ones."""
        found = fetched(self._api, "v1.0/vendors", self._api.of_company(), ids)
        missing = set(ids) - {record_id(row) for row in found}
        inactive = (row for page in self._inactive(None) for row in page.rows) if missing else iter(())
        return [*found, *(row for row in inactive if record_id(row) in missing)]

    def find(self, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """Companies with our mark or, without a mark, with the natural key."""
        return found(self.read(Window()), mark, natural_key)

    def _inactive(self, since: datetime | None) -> Iterator[Page]:
        """This list takes no filter, so what has not changed is left out here."""
        for page in self._api.whole(f"v1.0/companies/{self._api.company_id}/vendors/inactive", {"sort": "id"}):
            yield Page([row for row in page.rows if is_later(row, since)], page.read_at)


class Projects:
    """The portfolio, inactive projects included.

    With a `customer_field` each project tells the company in its custom field of that label as `customer_id`; with
    `departments` those that it is in as `department_ids`.
    """

    def __init__(self, api: Api, customer_field: str | None = None, departments: bool = False) -> None:
        self._api = api
        self._customer_field = customer_field
        self._with_departments = departments

    def read(self, window: Window) -> Iterator[Page]:
        """All permitted projects, or those changed since."""
        for page in self._api.whole("v1.1/projects", self._any_status(**changed(window.since, self._api.now()))):
            chosen = [row for row in page.rows if not window.only_projects or record_id(row) in window.only_projects]
            yield Page([self._with_references(row) for row in chosen], page.read_at)

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Projects by id; one that left the app's permissions is absent."""
        return [self._with_references(row) for row in fetched(self._api, "v1.1/projects", self._any_status(), ids)]

    def find(self, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """Projects with our mark or, without a mark, with the natural key."""
        return found(self.read(Window()), mark, natural_key)

    def _with_references(self, row: Record) -> Record:
        customer = {"customer_id": _company_in(row, self.customer_key)} if self._customer_field else {}
        departments = {"department_ids": self._departments.get(record_id(row), [])} if self._with_departments else {}
        return {**row, **customer, **departments}

    @cached_property
    def customer_key(self) -> str | None:
        """The key of the custom field with the customer, whatever the case of its label; None where there is none."""
        wanted = str(self._customer_field).strip().casefold()
        path = f"v1.1/companies/{self._api.company_id}/custom_field_definitions"
        named = (row for row in self._api.rows(path) if str(row.get("label") or "").strip().casefold() == wanted)
        active = sorted(named, key=lambda row: not row.get("active", True))
        return f"custom_field_{active[0]['id']}" if active else None

    @cached_property
    def _departments(self) -> dict[str, list[Any]]:
        """The departments of each project. The list of projects is filtered by one and tells none."""
        found: dict[str, list[Any]] = {}
        for one in self._api.rows("v1.0/departments", self._api.of_company()):
            query = self._any_status(**{"filters[by_department]": one["id"], "view": "compact"})
            for row in self._api.rows("v1.1/projects", query):
                found.setdefault(record_id(row), []).append(one["id"])
        return found

    def _any_status(self, **params: Any) -> dict[str, Any]:
        return self._api.of_company(**{"filters[by_status]": "All", **params})


class StandardCostCodes:
    """The codes of all of the company's standard lists. Procore filters them by nothing but origin_id."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def lists(self) -> list[Record]:
        """The standard lists."""
        return self._api.rows("v1.0/standard_cost_code_lists", self._api.of_company())

    def read(self, window: Window) -> Iterator[Page]:
        """All codes, list by list."""
        for one in self.lists():
            params = self._api.of_company(standard_cost_code_list_id=one["id"])
            yield from self._api.whole("v1.0/standard_cost_codes", params)

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Codes by id."""
        return [row for page in self.read(Window()) for row in page.rows if record_id(row) in set(ids)]

    def find(self, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """Codes with our mark or, without a mark, with the natural key."""
        return found(self.read(Window()), mark, natural_key)


def fetched(api: Api, path: str, params: Mapping[str, Any], ids: Sequence[str]) -> list[Record]:
    """Records by id. A filter that Procore ignores is made up for here."""
    wanted = set(ids)
    if len(wanted) > 2 * IDS_PER_CALL:
        rows = api.rows(path, params)
        return [row for row in rows if record_id(row) in wanted]
    answers = (api.rows(path, {**params, "filters[id][]": some}) for some in chunks(ids, IDS_PER_CALL))
    return [row for rows in answers for row in rows if record_id(row) in wanted]


def found(pages: Iterator[Page], mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
    """The records whose `origin_data` is the mark or, without a mark, that have the natural key.

    Procore filters neither, so the list is gone through; it is one call for 2,000 records.
    """
    rows = (row for page in pages for row in page.rows)
    if mark:
        return [row for row in rows if row.get("origin_data") == mark]
    return [row for row in rows if natural_key and same_key(row, natural_key)]


def _company_in(project: Record, key: str | None) -> Any:
    """The id of the company in a custom field: Procore shows references as an id with a label."""
    value = ((project.get("custom_fields") or {}).get(key or "") or {}).get("value")
    return value.get("id") if isinstance(value, dict) else value


def is_later(row: Record, since: datetime | None) -> bool:
    """Whether a record has changed since a moment; one that does not say when it has changed may have."""
    if since is None or not row.get("updated_at"):
        return True
    return datetime.fromisoformat(row["updated_at"]) >= since


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
