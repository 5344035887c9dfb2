"""The company's small lists: cost types, tax codes, departments, time types, employees. Each is one call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jobledger.systems.base import Page, Record, Window
from jobledger.systems.procore.api import Api, record_id
from jobledger.systems.procore.reads import found


def _as_sent(row: Record) -> Record:
    return row


@dataclass(frozen=True)
class CompanyList:
    """One list of the company. `path` may name `{company_id}`; `row` gives a record the names of mapping files."""

    api: Api
    path: str
    params: Mapping[str, Any] = field(default_factory=dict)
    row: Callable[[Record], Record] = _as_sent

    def read(self, window: Window) -> Iterator[Page]:
        """The whole list: Procore filters none of these by time of change."""
        path = self.path.format(company_id=self.api.company_id)
        for page in self.api.whole(path, self.api.of_company(**self.params)):
            yield Page([self.row(one) for one in page.rows], page.read_at)

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Records by id."""
        wanted = set(ids)
        return [row for page in self.read(Window()) for row in page.rows if record_id(row) in wanted]

    def find(self, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """Records with our mark or, without a mark, with the natural key."""
        return found(self.read(Window()), mark, natural_key)


def company_lists(api: Api) -> dict[str, CompanyList]:
    """The small lists, by the entity that each of them is."""
    employees = {"filters[is_employee]": "true"}
    return {
        "cost_types": CompanyList(api, "v1.0/line_item_types"),
        "tax_codes": CompanyList(api, "v1.0/tax_codes"),
        "departments": CompanyList(api, "v1.0/departments"),
        "time_types": CompanyList(api, "v1.0/companies/{company_id}/timecard_time_types"),
        "employees": CompanyList(api, "v1.0/companies/{company_id}/people", employees, employee),
    }


def employee(row: Record) -> Record:
    """An employee with the name in full; `employee_id` is the number that the company gave."""
    names = (row.get("first_name"), row.get("last_name"))
    return {**row, "name": row.get("name") or " ".join(part for part in names if part)}
