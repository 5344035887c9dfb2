"""Puts prime contracts and owner invoices into Procore."""

from __future__ import annotations

from typing import Any

from sandbox.datasets.customers import customers
from sandbox.datasets.model import Contractor
from sandbox.datasets.owner_side import MONTHS, RETAINAGE, Billed, PrimeContract, billed, prime_contracts
from sandbox.datasets.procore_ids import Procore, times
from sandbox.world import Record


def seed(procore: Procore, contractor: Contractor) -> None:
    """Each prime contract with its lines, then its invoices in their order, approved."""
    owners = customers(contractor)
    for contract in prime_contracts(contractor):
        line_ids = _contract(procore, contract, owners[contract.project])
        for place, month in enumerate(MONTHS):
            says = [billed(line)[place] for line in contract.lines]
            items = [_item(line_id, one) for line_id, one in zip(line_ids, says, strict=True)]
            key = (contract.project, month.end)
            header = {
                "contract_id": procore.id("prime_contracts", contract.project),
                "commitment_billing_period_id": procore.id("billing_periods", key),
                "invoice_number": f"{contract.project}-{place + 1:02d}",
                "status": "approved",
                **times(month.end),
            }
            procore.put("payment_applications", key, {**header, "items": items})
            stored = {"id": procore.id("payment_applications", key), **times(month.end)}
            procore.seed("payment_applications", stored)


def _contract(procore: Procore, contract: PrimeContract, owner: str) -> list[Any]:
    """The contract; its lines are written before it is approved."""
    header = {
        "project_id": procore.id("projects", contract.project),
        "vendor_id": procore.id("vendors", owner),
        "number": contract.project,
        "title": contract.title,
        "contract_date": contract.signed.isoformat(),
        "executed": True,
        "retainage_percent": str(RETAINAGE),
        **times(contract.signed),
    }
    contract_id = procore.put("prime_contracts", contract.project, header)
    line_ids = []
    for place, line in enumerate(contract.lines):
        record = {
            "contract_id": contract_id,
            "wbs_code_id": procore.id("wbs_codes", (contract.project, line.budget_code, "")),
            "description": line.description,
            "amount": str(line.amount),
            **times(contract.signed),
        }
        line_ids.append(procore.put("prime_contract_line_items", (contract.project, place), record))
    procore.seed("prime_contracts", {"id": contract_id, "status": "Approved", **times(contract.signed)})
    return line_ids


def _item(line_id: Any, says: Billed) -> Record:
    """One line of an invoice, under the names of Procore's API."""
    amounts = {
        "work_completed_this_period": says.work,
        "materials_presently_stored": says.stored,
        "work_completed_retainage_retained_this_period": says.held,
        "work_completed_retainage_released_this_period": says.released,
        "materials_stored_retainage_retained_this_period": says.held_stored,
        "materials_stored_retainage_released_this_period": says.released_stored,
    }
    return {"line_item_id": line_id, **{name: str(amount) for name, amount in amounts.items()}}
