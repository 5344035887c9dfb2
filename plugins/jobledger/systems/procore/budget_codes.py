"""The WBS codes of one project by budget code, such as 03-300.S; one that it lacks is made first (ACC-23)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from jobledger.errors import FixTheSetup
from jobledger.systems.base import Record, Window
from jobledger.systems.procore.api import Api
from jobledger.systems.procore.project_codes import ProjectCodes, Wanted, plain_code
from jobledger.systems.procore.reads import StandardCostCodes


@dataclass(frozen=True)
class BudgetCodes:
    """The budget codes of one project. A cost sits on codes without sub job and custom segment."""

    api: Api
    project_id: int
    standard: StandardCostCodes

    def ids(self, wanted: Iterable[str]) -> tuple[dict[str, Any], dict[str, str]]:
        """WBS code ids by budget code, and for each code that has none, why not. Raises `RetryLater`, `ClosedError`."""
        codes = sorted(set(wanted))
        known = self._known() if codes else {}
        missing = [code for code in codes if code not in known]
        if not missing:
            return known, {}
        refused = self._add(missing)
        known = self._known()
        other = "costs may not sit on it in this project: it is a division, or it is inactive"
        return known, {code: refused.get(code, other) for code in missing if code not in known}

    def _known(self) -> dict[str, Any]:
        rows = self.api.rows(f"v1.0/projects/{self.project_id}/work_breakdown_structure/wbs_codes")
        return {code: row["id"] for row in rows if (code := _budget_code(row))}

    def _add(self, codes: list[str]) -> dict[str, str]:
        """Takes codes over from the company's list; why not, for those that cannot be."""
        project = ProjectCodes(self.api, self.project_id)
        standard = [row for page in self.standard.read(Window()) for row in page.rows]
        lacking = project.lacking(standard, codes)
        there = [code for code in codes if code not in lacking]
        try:
            said = project.add(standard, [_wanted(code) for code in there]) if there else []
        except FixTheSetup as error:
            said = [error.found]
        return {**lacking, **{code: f"Procore refused it: {'; '.join(said)}" for code in there if said}}


def _wanted(code: str) -> Wanted:
    cost_code, _, cost_type = code.rpartition(".")
    return Wanted(cost_code, cost_type)


def _budget_code(row: Record) -> str | None:
    """The budget code on which a cost may sit; None for any other."""
    return plain_code(row) if row.get("status", "active") == "active" else None
