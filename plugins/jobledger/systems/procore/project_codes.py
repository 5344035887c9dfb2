"""Standard cost codes in a project: taken over from the company's list, each with a cost type (XER-33, XER-36, XER-38).

A cost can sit on a code only where the project has a WBS code for it, so both are made: the cost code, and the WBS code
of cost code and cost type. Both calls are harmless when repeated (Procore: an existing combination is updated). Procore
has no call that deletes a project's code: one that is taken out again is made inactive, and no line can choose it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from jobledger.errors import FixTheSetup, OutcomeUnknown
from jobledger.systems.base import Record
from jobledger.systems.client import Answer, Call
from jobledger.systems.procore.api import Api
from jobledger.systems.procore.refusals import not_allowed, words

_PLAIN = {"cost_code", "line_item_type"}


@dataclass(frozen=True)
class Wanted:
    """A standard cost code by its full code, and the cost type's code that it gets in the project."""

    code: str
    cost_type: str


@dataclass(frozen=True)
class ProjectCodes:
    """The cost codes and WBS codes of one project."""

    api: Api
    project_id: int

    def add(self, standard: Sequence[Record], wanted: Sequence[Wanted]) -> list[str]:
        """Takes the wanted codes of the company's `standard` codes over; what was refused, in words.

        Raises `FixTheSetup` for a code or a cost type that the company does not have, `RetryLater`.
        """
        by_code = {str(row["full_code"]): row for row in standard}
        types = self._types()
        rows = [
            (_known(by_code, one.code, "standard cost code"), _known(types, one.cost_type, "cost type"))
            for one in wanted
        ]
        refused = self._copy([row for row, _ in rows])
        return refused + self._combine(rows)

    def lacking(self, standard: Sequence[Record], codes: Sequence[str]) -> dict[str, str]:
        """Of budget codes such as 03-300.S those that the company does not have, each with the reason."""
        known, types = {str(row["full_code"]) for row in standard}, self._types()
        parts = {code: code.rpartition(".") for code in codes}
        no_code = {
            code: f"the company has no cost code '{part[0]}'" for code, part in parts.items() if part[0] not in known
        }
        no_type = {
            code: f"the company has no cost type '{part[2]}'" for code, part in parts.items() if part[2] not in types
        }
        return {**no_type, **no_code}

    def budgeted(self, codes: Sequence[str]) -> list[str]:
        """Of budget codes such as 03-300.S those whose cost code stands in the project's budget, with any cost type."""
        rows = self.api.rows("v1.0/cost_codes", {"project_id": self.project_id})
        planned = {str(row["full_code"]) for row in rows if row.get("budgeted")}
        return [code for code in codes if code.rpartition(".")[0] in planned]

    def set_status(self, codes: Sequence[str], status: Literal["active", "inactive"]) -> list[str]:
        """Makes budget codes such as 03-300.S active or inactive in the project; those that it does not have.

        Nothing is written where one is not there. Raises `FixTheSetup`, `RetryLater`.
        """
        rows = self.api.rows(f"{self._breakdown}/wbs_codes")
        known = {code: row for row in rows if (code := plain_code(row))}
        unknown = [code for code in codes if code not in known]
        others = [known[code]["id"] for code in codes if not unknown and known[code].get("status") != status]
        if others:
            body = {"ids": others, "attributes": {"status": status}}
            self._send("PATCH", f"rest/{self._breakdown}/wbs_codes/update_all", body)
        return unknown

    @property
    def _breakdown(self) -> str:
        return f"v1.0/projects/{self.project_id}/work_breakdown_structure"

    def _types(self) -> dict[str, Record]:
        rows = self.api.rows("v1.0/line_item_types", {"company_id": self.api.company_id})
        return {str(row["code"]): row for row in rows}

    def _present(self) -> dict[Any, Record]:
        """The project's cost codes by the standard code that they come from."""
        rows = self.api.rows("v1.0/cost_codes", {"project_id": self.project_id})
        return {row["standard_cost_code_id"]: row for row in rows if row.get("standard_cost_code_id")}

    def _copy(self, standard: Sequence[Record]) -> list[str]:
        present, refused = self._present(), []
        missing = {row["id"]: row for row in standard if row["id"] not in present}
        for list_id in sorted({row["standard_cost_code_list_id"] for row in missing.values()}):
            ids = [row["id"] for row in missing.values() if row["standard_cost_code_list_id"] == list_id]
            body = {"project_id": self.project_id, "standard_cost_code_list_id": list_id, "standard_cost_code_ids": ids}
            answer = self._send("POST", "rest/v1.0/cost_codes/copy_subset_from_standard_list", body)
            refused += [str(failure) for failure in (answer.body or {}).get("failures", [])]
        return refused

    def _combine(self, rows: Sequence[tuple[Record, Record]]) -> list[str]:
        present, segments = self._present(), self._segments()
        bulk = [
            {
                "segment_items": [
                    {"segment_id": segments["cost_code"], "segment_item_id": present[code["id"]]["id"]},
                    {"segment_id": segments["line_item_type"], "segment_item_id": kind["id"]},
                ]
            }
            for code, kind in rows
            if code["id"] in present
        ]
        answer = self._send("PATCH", f"rest/{self._breakdown}/wbs_codes/bulk_create", {"bulk": bulk})
        return [words(error) for error in (answer.body or {}).get("errors", [])]

    def _segments(self) -> dict[str, Any]:
        return {row["type"]: row["id"] for row in self.api.rows(f"{self._breakdown}/segments")}

    def _send(self, method: str, path: str, body: Mapping[str, Any]) -> Answer:
        try:
            answer = self.api.client.send(Call(method, path, document=dict(body), repeatable=True))
        except OutcomeUnknown as error:
            raise FixTheSetup(
                f"Procore {path}", f"{error}", "Run the command again: it is harmless when repeated."
            ) from error
        if forbidden := not_allowed(answer, path, self.api.client.where):
            raise forbidden
        if not answer.ok:
            raise FixTheSetup(
                f"Procore {path}", f"refused: {words(answer.body)}.", "Mend it and run the command again."
            )
        return answer


def plain_code(row: Record) -> str | None:
    """Cost code and cost type of a WBS code, such as 03-300.S; None for a division, a sub job's or custom one."""
    items: Mapping[str, Record] = {item["segment"]["type"]: item for item in row.get("segment_items") or []}
    if set(items) != _PLAIN or items["cost_code"].get("is_parent"):
        return None
    return f"{items['cost_code'].get('path_code')}.{items['line_item_type'].get('code')}"


def _known(rows: Mapping[str, Record], code: str, what: str) -> Record:
    if code not in rows:
        raise FixTheSetup(f"{what} '{code}'", "is not known to Procore.", f"Known are {', '.join(sorted(rows)[:30])} …")
    return rows[code]
