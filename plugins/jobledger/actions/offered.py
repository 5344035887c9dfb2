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
    },
    "quickbooks_online": {
        "Budgets": "QuickBooks keeps budgets by account, not by cost code.",
        "QuickBooks projects": "Apps can make sub-customers; turn one into a project in QuickBooks, by hand.",
        "Sub jobs": "Costs go to the project's sub-customer: codes with a sub job are held back, or share one item.",
        "Prime contract change orders": "QuickBooks bills what is invoiced; contracts stay in Procore.",
    },
    "pex": {
        "Card fees, funding and rebates": "They are no purchases of a project: PEX's own reports have them.",
        "Bills, bill payments and reimbursements": "PEX pays them by itself; they are no card purchases.",
        "Making and funding cards": "Jobledger moves no money, and the token needs no right to it.",
    },
}
"""System -> what is not offered -> why."""
