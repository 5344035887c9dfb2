"""What Jobledger knows of Procore's records: their cards, limits, and the paths that mapping files may name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jobledger.systems.base import Card, Entity, Record
from jobledger.systems.procore.cost_files import COST_FILES
from jobledger.systems.procore.document_entities import DOCUMENTS, SYNC_ROWS
from jobledger.systems.procore.list_entities import LISTS
from jobledger.systems.procore.owner_entities import OWNER_SIDE
from jobledger.systems.procore.plain_codes import PLAIN_CODES
from jobledger.systems.procore.timecards import TIMECARDS


def vendor(record: Record) -> Card:
    """A company's card. `mark` is what `origin_data` holds."""
    register = record.get("business_register") or {}
    return Card(
        id=str(record["id"]),
        name=record.get("name") or "",
        number=record.get("abbreviated_name") or None,
        mark=record.get("origin_data") or None,
        version=record.get("updated_at"),
        status="Active" if record.get("is_active", True) else "Inactive",
        active=bool(record.get("is_active", True)),
        evidence=_filled(
            email=record.get("email_address"),
            phone=record.get("business_phone"),
            street=record.get("address"),
            city=record.get("city"),
            postal_code=record.get("zip"),
            website=record.get("website"),
            tax_number=register.get("identifier"),
            trade_name=record.get("trade_name"),
            **_origin(record),
        ),
    )


def project(record: Record) -> Card:
    """A project's card."""
    return Card(
        id=str(record["id"]),
        name=record.get("name") or "",
        number=record.get("project_number") or None,
        mark=record.get("origin_data") or None,
        version=record.get("updated_at"),
        status="Active" if record.get("active", True) else "Inactive",
        active=bool(record.get("active", True)),
        evidence=_filled(
            street=record.get("address"),
            city=record.get("city"),
            departments=" ".join(map(str, record.get("department_ids") or ())),
            customer=record.get("customer_id"),
            **_origin(record),
        ),
    )


def standard_cost_code(record: Record) -> Card:
    """A company cost code's card; its number is the full code. Procore tells no time of change."""
    return Card(
        id=str(record["id"]),
        name=record.get("name") or "",
        number=record.get("full_code") or record.get("code"),
        mark=record.get("origin_data") or None,
        evidence=_filled(list=record.get("standard_cost_code_list_id"), **_origin(record)),
    )


def cost_code(record: Record) -> Card:
    """The card of a cost code with its cost type, composed over all projects (ACC-2)."""
    return Card(
        id=record["id"],
        name=record["name"],
        number=record["number"],
        active=record["active"],
        evidence=_filled(
            cost_type=record["cost_type_name"],
            code=record["code"],
            budget_code=record.get("budget_code"),
            project=record.get("project_id"),
        ),
    )


def _origin(record: Record) -> dict[str, Any]:
    return {"origin_id": record.get("origin_id"), "origin_code": record.get("origin_code")}


def _filled(**values: Any) -> dict[str, str]:
    return {name: str(value) for name, value in values.items() if value}


_ORIGIN_PATHS = ("origin_id", "origin_code", "origin_data")
_VENDOR_PATHS = frozenset(
    (
        *("id", "name", "abbreviated_name", "trade_name", "legal_name", "is_active", "notes", "license_number"),
        *("address", "city", "zip", "state_code", "country_code", "website", "email_address"),
        *("business_phone", "mobile_phone", "fax_number", "created_at", "updated_at", "vendor_group_id", "parent_id"),
        *("business_register.type", "business_register.identifier", "prequalified", "authorized_bidder"),
        *_ORIGIN_PATHS,
    )
)
_PROJECT_PATHS = frozenset(
    (
        *("id", "name", "display_name", "project_number", "code", "active", "description", "county", "phone"),
        *("address", "city", "zip", "state_code", "country_code", "time_zone", "store_number", "total_value"),
        *("accounting_project_number", "start_date", "completion_date", "projected_finish_date"),
        *("created_at", "updated_at", "parent_job.id", "parent_job.name", "project_stage.name", "custom_fields.*"),
        *("company_id", "customer_id", "department_ids", *_ORIGIN_PATHS),
    )
)
_STANDARD_PATHS = frozenset(
    ("id", "standard_cost_code_list_id", "parent_id", "code", "full_code", "name", "origin_id", "origin_data")
)
_COST_CODE_PATHS = frozenset(
    (
        *("id", "number", "code", "cost_type", "cost_type_name", "full_code", "name", "description", "active"),
        *("standard_cost_code_id", "line_item_type_id", "project_only", "custom_segments", "sub_job"),
        *("wbs_codes.project_id", "wbs_codes.id", "budget_code", "project_id", "without_number"),
    )
)

ENTITIES: Mapping[str, Entity] = {
    "vendors": Entity(
        name="vendors",
        card=vendor,
        label="company",
        batch=SYNC_ROWS,
        upserts=True,
        paths=_VENDOR_PATHS,
    ),
    "projects": Entity(
        name="projects",
        card=project,
        label="project",
        batch=SYNC_ROWS,
        batches={"create": 1},
        paths=_PROJECT_PATHS,
    ),
    "standard_cost_codes": Entity(
        name="standard_cost_codes",
        card=standard_cost_code,
        label="standard cost code",
        by_change=False,
        batch=SYNC_ROWS,
        upserts=True,
        paths=_STANDARD_PATHS,
    ),
    "cost_codes": Entity(
        name="cost_codes",
        card=cost_code,
        label="cost code and cost type",
        by_change=False,
        has_mark=False,
        paths=_COST_CODE_PATHS,
    ),
    **PLAIN_CODES,
    **LISTS,
    **DOCUMENTS,
    **OWNER_SIDE,
    "direct_cost_attachments": COST_FILES,
    "timecards": TIMECARDS,
}
