"""A contractor's company in Procore: standard codes, and projects that share them."""

from __future__ import annotations

from typing import Any

from tests.systems.stage import COMPANY, Stage


class Site:
    """The project Tower with the vendor Acme and the budget codes 03-300.S and 03-310.M."""

    def __init__(self, stage: Stage, company: int = COMPANY) -> None:
        self.stage = stage
        self.company = company
        self.types = {row["code"]: row["id"] for row in self.records("line_item_types")}
        [listed] = self.seed("standard_cost_code_lists", {"name": "Standard"})
        self.list = {"standard_cost_code_list_id": listed["id"]}
        [self.division] = self.seed("standard_cost_codes", {"code": "03", "name": "Concrete", **self.list})
        below = {"parent_id": self.division["id"], **self.list}
        self.walls, self.slabs, self.stairs = self.seed(
            "standard_cost_codes",
            {"code": "300", "name": "Walls", **below},
            {"code": "310", "name": "Slabs", **below},
            {"code": "320", "name": "Stairs", **below},
        )
        [self.vendor] = self.seed("vendors", {"name": "Acme"})
        self.project = self.new_project("Tower")
        self.codes = {"03-300.S": self.wbs(self.walls, "S"), "03-310.M": self.wbs(self.slabs, "M")}

    def seed(self, entity: str, *records: dict[str, Any]) -> list[dict[str, Any]]:
        return self.stage.seed("procore", entity, *({"company_id": self.company, **record} for record in records))

    def records(self, entity: str) -> list[dict[str, Any]]:
        """The records of the company, as the sandbox has them."""
        return self.stage.records(f"procore{'' if self.company == COMPANY else f'-{self.company}'}.{entity}")

    def new_project(self, name: str, **more: Any) -> int:
        [made] = self.seed("projects", {"name": name, **more})
        return int(made["id"])

    def cost_code(self, standard: dict[str, Any], project: int | None = None) -> int:
        project = project or self.project
        known = [row for row in self.records("cost_codes") if row["project_id"] == project]
        divisions = [row["id"] for row in known if row["standard_cost_code_id"] == self.division["id"]]
        named = {"project_id": project, "code": "03", "name": "Concrete", "standard_cost_code_id": self.division["id"]}
        division = divisions[0] if divisions else self.seed("cost_codes", named)[0]["id"]
        copied = {"code": standard["code"], "name": standard["name"], "standard_cost_code_id": standard["id"]}
        [made] = self.seed("cost_codes", {"project_id": project, "parent_id": division, **copied})
        return int(made["id"])

    def wbs(self, standard: dict[str, Any], kind: str, project: int | None = None, **more: Any) -> int:
        code = {"cost_code_id": self.cost_code(standard, project), "line_item_type_id": self.types[kind]}
        [made] = self.seed("wbs_codes", {"project_id": project or self.project, **code, **more})
        return int(made["id"])

    def line(self, code: str, amount: str, description: str = "Work", **more: Any) -> dict[str, Any]:
        return {"wbs_code_id": self.codes[code], "amount": amount, "description": description, **more}

    def subcontract(self, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
        header = {"project_id": self.project, "vendor_id": self.vendor["id"], "title": "Concrete", "number": "SC-001"}
        rows = list(lines) or [self.line("03-300.S", "10000.00", "Walls"), self.line("03-310.M", "5000.00", "Slabs")]
        record = {**header, "status": "Approved", "retainage_percent": "10", "line_items": rows, **more}
        return self.seed("work_order_contracts", record)[0]

    def invoice(self, contract: dict[str, Any], month: int, *items: dict[str, Any], **more: Any) -> dict[str, Any]:
        days = {"start_date": f"2026-{month:02d}-01", "end_date": f"2026-{month:02d}-28", "due_date": "2026-12-31"}
        period = {"project_id": contract["project_id"], "status": "open", **days}
        record = {
            "commitment_id": contract["id"],
            "period_id": self.seed("billing_periods", period)[0]["id"],
            "status": "approved",
            "items": list(items),
            **more,
        }
        return self.seed("requisitions", record)[0]
