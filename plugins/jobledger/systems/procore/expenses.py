"""Direct costs that began in Procore: typed by a person there, not made by us from the books or from time."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from jobledger.systems.base import Record
from jobledger.systems.procore import contracts
from jobledger.systems.procore.direct_costs import DirectCosts
from jobledger.systems.procore.line_codes import LineCodes
from jobledger.systems.procore.locks import ORIGIN_PREFIXES, as_marked
from jobledger.systems.procore.projects import Permitted
from jobledger.systems.procore.reads import StandardCostCodes, Vendors, fetched
from jobledger.systems.procore.values import dec

_MADE_BY_US = re.compile("|".join(re.escape(prefix.rstrip(":")) + "-" for prefix in ORIGIN_PREFIXES))
"""How the mark begins that we leave in origin_data of a direct cost when we make it."""


class Expenses(DirectCosts):
    """Direct costs without our mark, of any type and status, with the codes and taxes of their lines (SMX-QBO-85).

    An origin_id alone says nothing about where a cost began: it is also written back when a cost was exported.
    """

    def __init__(
        self, permitted: Permitted, standard: StandardCostCodes, vendors: Vendors, ignore_sub_jobs: bool = False
    ) -> None:
        super().__init__(permitted, standard, vendors)
        self._ignore_sub_jobs = ignore_sub_jobs

    def takes(self, row: Record) -> bool:
        """Whether a direct cost began in Procore."""
        return not _MADE_BY_US.match(as_marked(row)["origin_data"] or "")

    def place(self, project: Record) -> Record:
        """The project with its time zone."""
        return contracts.of_project(project)

    def reads_line(self, project: Record) -> Callable[[Record], Record]:
        """Lines as those of other documents out of Procore."""
        return partial(_line, LineCodes(project["name"], self._ignore_sub_jobs))

    def _heads(self, project: Record, ids: Sequence[str]) -> list[Record]:
        path = f"v1.0/projects/{project['id']}/direct_costs"
        rows = fetched(self.api, path, {"sort": "id"}, ids)
        return [{**row, "project_id": project["id"], "list": path} for row in rows]


def _line(codes: LineCodes, row: Record) -> Record:
    """A line of a direct cost; `amount` before tax."""
    amounts: dict[str, Any] = {name: dec(row.get(name)) for name in ("quantity", "unit_cost")}
    return {
        "id": row["id"],
        **codes.of_line(row),
        "description": row.get("description"),
        **amounts,
        "uom": row.get("uom"),
        "amount": dec(row.get("extended_amount", row.get("amount"))),
        "tax_code": {"id": row.get("tax_code_id")},
    }
