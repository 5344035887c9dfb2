"""What people look for and a system does not offer, each with the reason (XER-79, XTR-14)."""

from __future__ import annotations

from collections.abc import Mapping

NOT_OFFERED: Mapping[str, Mapping[str, str]] = {
    "xero": {
        "Budgets": "Xero keeps budgets by account, not by cost code, and lets apps read them only.",
        "Prime contracts and their change orders": "Xero has no document for them.",
        "Owner invoices and their payments": "Costs are carried to Xero; income stays in Xero.",
        "Sub jobs": "Xero has no place for them: codes with one are held back, or share one item.",
        "Timesheets": "Xero has them in its payroll, which is another product.",
    }
}
"""System -> what is not offered -> why."""
