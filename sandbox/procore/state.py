"""What Procore knows: its records, how they are found, and the company's settings. No HTTP here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sandbox.procore.fields import stamp
from sandbox.world import Record, World

SYSTEM = "procore"
COMPANY_ID = 598134325683880
COMPANY: Record = {
    "id": COMPANY_ID,
    "name": "Ironwood Builders",
    "is_active": True,
    "my_company": True,
    "logo_url": None,
    "pcn_business_experience": False,
}
"""The company that is there from the start; ids of records are of one kind in all companies."""

FIRST_ID = 562949953421313
"""Ids start beyond 32 bits, as real ones of today do (Procore: tutorial_mpz)."""

_FOUND_BY: dict[str, tuple[str, ...]] = {
    "vendors": ("origin_id",),
    "projects": ("origin_id",),
    "users": ("origin_id",),
    "project_vendors": ("project_id", "vendor_id"),
    "standard_cost_codes": ("origin_id", "standard_cost_code_list_id", "parent_id"),
    "cost_codes": ("origin_id", "project_id", "parent_id", "standard_cost_code_id"),
    "line_item_types": ("origin_id", "code"),
    "sub_jobs": ("origin_id", "project_id"),
    "segments": ("project_id",),
    "segment_items": ("segment_id",),
    "wbs_codes": ("project_id", "flat_code", "cost_code_id"),
    "tax_codes": ("origin_id",),
    "tax_types": ("origin_id",),
    "uoms": ("name",),
    "departments": ("origin_id",),
    "timesheets": ("project_id",),
    "timecard_entries": ("origin_id", "project_id", "party_id", "timesheet_id"),
    "billing_periods": ("project_id",),
    "work_order_contracts": ("origin_id", "project_id", "vendor_id"),
    "purchase_order_contracts": ("origin_id", "project_id", "vendor_id"),
    "contract_line_items": ("origin_id", "contract_id", "wbs_code_id"),
    "contract_detail_items": ("contract_id", "line_item_id"),
    "change_order_packages": ("origin_id", "project_id", "contract_id"),
    "change_order_requests": ("origin_id", "project_id", "contract_id", "change_order_package_id"),
    "potential_change_orders": ("origin_id", "project_id", "contract_id", "change_order_request_id", "package_id"),
    "change_order_line_items": ("origin_id", "potential_change_order_id", "wbs_code_id"),
    "direct_costs": ("origin_id", "project_id", "vendor_id", "invoice_number"),
    "direct_cost_line_items": ("origin_id", "direct_cost_id", "project_id", "wbs_code_id"),
    "requisitions": ("origin_id", "project_id", "commitment_id"),
    "attachments": ("requisition_id", "direct_cost_id"),
    "requisition_items": ("requisition_id", "line_item_id"),
    "contract_payments": ("origin_id", "contract_id", "requisition_id"),
    "budget_line_items": ("project_id", "wbs_code_id"),
    "prime_contracts": ("origin_id", "project_id", "vendor_id"),
    "prime_contract_line_items": ("origin_id", "contract_id", "wbs_code_id"),
    "payment_applications": ("origin_id", "project_id", "contract_id"),
    "payment_application_items": ("payment_application_id",),
}
_SEQUENCES = {
    "work_order_contracts": "contracts",
    "purchase_order_contracts": "contracts",
    "prime_contracts": "contracts",
    "contract_line_items": "line_items",
    "prime_contract_line_items": "line_items",
    "change_order_line_items": "line_items",
    "direct_cost_line_items": "line_items",
    "change_order_packages": "change_orders",
    "change_order_requests": "change_orders",
    "potential_change_orders": "change_orders",
}


class State:
    """The records of one Procore company. Every change goes through `create`, `change` and `delete`."""

    def __init__(self, world: World, company: Record = COMPANY) -> None:
        self.world = world
        self.company = company
        self._tables = SYSTEM if company["id"] == COMPANY_ID else f"{SYSTEM}-{company['id']}"
        for entity, fields in _FOUND_BY.items():
            for field in fields:
                world.tables.add_index(f"{self._tables}.{entity}", field, _values_of(field))

    def companies(self) -> list[Record]:
        """The companies in which the app is installed."""
        return [COMPANY, *self.world.tables.all(f"{SYSTEM}.companies")]

    def now(self) -> str:
        """The time, as Procore writes it."""
        return stamp(self.world.clock.now())

    @property
    def by_api(self) -> bool:
        """Whether a client of the API is writing, rather than a person in the product."""
        return self.world.actor == "api"

    def get(self, entity: str, key: Any) -> Record | None:
        """A record by its id; None too for a missing id."""
        return None if key is None else self.world.tables.get(f"{self._tables}.{entity}", key)

    def rows(self, entity: str) -> list[Record]:
        """All records of an entity."""
        return list(self.world.tables.all(f"{self._tables}.{entity}"))

    def find(self, entity: str, field: str, value: Any) -> list[Record]:
        """The records with a value in one of the fields of `_FOUND_BY`."""
        return self.world.tables.find(f"{self._tables}.{entity}", field, value)

    def setting(self, name: str) -> Record:
        """A record of `procore.settings`, by its id; empty if it was never set."""
        return self.get("settings", name) or {}

    def create(self, entity: str, record: Record) -> Record:
        """Stores a new record; id and times are set unless they are given."""
        now = self.now()
        key = record.get("id") or self._new_id(entity)
        stored = {"id": key, "created_at": now, "updated_at": now, **record} | {"id": key}
        return self._keep(entity, stored, "create")

    def change(self, entity: str, before: Record, changes: Record) -> Record:
        """Stores changes. The time of change moves if something did, and whenever a person saved the record."""
        after = {**before, **changes}
        if "updated_at" not in changes and (after != before or not self.by_api):
            after["updated_at"] = self.now()
        return self._keep(entity, after, "update")

    def touch(self, entity: str, key: Any) -> None:
        """Moves a record's time of change, because something inside it changed."""
        record = self.get(entity, key)
        if record is not None:
            self.world.tables.put(f"{self._tables}.{entity}", key, {**record, "updated_at": self.now()})

    def derive(self, entity: str, key: Any, figures: Record) -> None:
        """Keeps figures that follow from other records: neither a write of their own, nor a change in time."""
        record = self.get(entity, key)
        if record is not None and any(record.get(name) != value for name, value in figures.items()):
            self.world.tables.put(f"{self._tables}.{entity}", key, {**record, **figures})

    def delete(self, entity: str, key: Any) -> None:
        """Forgets a record."""
        self.world.tables.remove(f"{self._tables}.{entity}", key)
        self.world.accepted(SYSTEM, entity, key, "delete")

    def _keep(self, entity: str, record: Record, action: Any) -> Record:
        self.world.tables.put(f"{self._tables}.{entity}", record["id"], record)
        self.world.accepted(SYSTEM, entity, record["id"], action)
        return record

    def _new_id(self, entity: str) -> int:
        number = self.world.next_id(f"{SYSTEM}.{_SEQUENCES.get(entity, entity)}", FIRST_ID)
        return number if self.get(entity, number) is None else self._new_id(entity)


def _values_of(field: str) -> Callable[[Record], Iterable[Any]]:
    return lambda record: () if record.get(field) is None else (record[field],)
