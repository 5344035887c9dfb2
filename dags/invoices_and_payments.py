"""Invoices and payments: what subcontractors billed, and what was paid of it.

An Airflow DAG for each integration that has this stage. Its flows:

* `invoices`: approved subcontractor invoices become bills, with retainage on lines of its own
* `invoice_attachments`: files on these invoices are attached to their bills (by setting)
* `payments`: payments of these bills become payments issued in Procore, later changes included
* `expenses`: direct costs that were entered in Procore become bills, where the integration sends them
* `owner_invoices`: approved owner invoices become sales invoices, where the books have them
* `receipts`: payments of these invoices become payments received in Procore
* `billed_orders`: orders of complete or closed commitments that are billed in full are marked billed (by setting)
"""

from jobledger.stages import stage_dags

stage_dags(
    "invoices_and_payments",
    flows=["invoices", "invoice_attachments", "payments", "billed_orders", "expenses", "owner_invoices", "receipts"],
    doc=__doc__,
)
