"""Card purchases: what was bought with PEX cards, and the receipts.

An Airflow DAG for each integration with PEX. It reads the purchases of the last days anew each night, so that an edit
in PEX is followed. A backfill has a run for each whole month of the last twelve, as often as one likes. Its flows:

* `purchases`: each settled purchase, refund and dispute becomes one direct cost per project
* `purchase_receipts`: receipts are attached to these direct costs
"""

from jobledger.stages import stage_dags

stage_dags(
    "card_purchases",
    flows=["purchases", "purchase_receipts"],
    doc=__doc__,
)
