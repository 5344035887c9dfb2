"""Change orders of commitments. Lists are brief, so an approved one is read once more, for its lines.

In projects with two or three tiers the package alone counts, which holds the lines of all orders below it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from jobledger.systems.base import Page, Record
from jobledger.systems.procore import contracts
from jobledger.systems.procore.api import Api
from jobledger.systems.procore.documents import Asked, Filters, ProjectDocuments
from jobledger.systems.procore.line_codes import LineCodes
from jobledger.systems.procore.projects import Permitted
from jobledger.systems.procore.values import currency, dec

APPROVED = "approved"
_PATH = "v1.0/change_order_packages"
_KEPT = (
    *("id", "number", "title", "status", "contract_id", "created_at", "updated_at", "deleted_at"),
    *("origin_id", "origin_code", "origin_data"),
)


class ChangeOrders(ProjectDocuments):
    """Packages of commitments; those of prime contracts, which are in the same list, are left out."""

    lists: Mapping[str, Filters] = {_PATH: {"sort": "id"}}

    def __init__(self, permitted: Permitted, ignore_sub_jobs: bool = False) -> None:
        super().__init__(permitted)
        self._ignore_sub_jobs = ignore_sub_jobs

    def pages(self, project: Record, asked: Asked) -> Iterator[Page]:
        """One list, two for the commitments if there are any change orders, and one call for each approved one."""
        codes = LineCodes(project["name"], self._ignore_sub_jobs)
        query = {"project_id": project["id"], "sort": "id", "filters[include_deleted]": "with", **asked.filters}
        for page in self.api.whole(_PATH, query):
            wanted = [row for row in asked.of(page) if row.get("contract_id")]
            of = contracts.briefly(self.api, project, (row["contract_id"] for row in wanted))
            rows = [(row, of[str(row["contract_id"])]) for row in wanted if str(row["contract_id"]) in of]
            yield Page([self._row(project, row, about, codes) for row, about in rows], page.read_at)

    def _row(self, project: Record, row: Record, about: Record, codes: LineCodes) -> Record:
        counts = row.get("status") == APPROVED and not row.get("deleted_at")
        whole = (in_full(self.api, project["id"], row["id"]) if counts else None) or row
        lines = whole.get("line_items") or []
        return {
            **{name: whole.get(name) for name in _KEPT},
            "commitment": about,
            **contracts.of_project(project),
            "grand_total": contracts.before_tax(dec(whole.get("grand_total")), lines),
            **currency(whole),
            "line_items": [contracts.sov_line(line, codes) for line in lines],
        }


def in_full(api: Api, project_id: int, package_id: int) -> Record | None:
    """A change order with its lines; None if Procore does not show it (any more)."""
    answer = api.client.get(f"rest/{_PATH}/{package_id}", {"project_id": project_id})
    return answer.body if answer.ok and isinstance(answer.body, dict) else None
