"""Invoices and payments: what subcontractors billed, and what was paid of it.

An Airflow DAG for each integration that has this stage. Its flows:

* `invoices`: approved subcontractor invoices become bills, with retainage on lines of its own
* `payments`: payments of these bills become payments issued in Procore, later changes included
* `billed_orders`: orders of complete or closed commitments that are billed in full are marked billed (by setting)
"""

from jobledger.stages import stage_dags

stage_dags(
    "invoices_and_payments",
    flows=["invoices", "payments", "billed_orders"],
    doc=__doc__,
)
