"""Commitments and change orders: what was agreed with subcontractors and suppliers.

An Airflow DAG for each integration that has this stage. Its flows:

* `commitments`: approved subcontracts and purchase orders become purchase orders in the books
* `change_orders`: approved change orders become lines of the same purchase order
"""

from jobledger.stages import stage_dags

stage_dags(
    "commitments_and_change_orders",
    flows=["commitments", "change_orders"],
    doc=__doc__,
)
