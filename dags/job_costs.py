"""Job costs: bills, supplier credits, spend money and refunds that began in the books.

An Airflow DAG for each integration that has this stage. It runs after the night's invoices and reads what changed in
the books. A backfill has a run for each whole month: it reads the documents dated in that month, as often as one likes.
Its flows:

* `job_costs`: each document becomes one direct cost per project
"""

from jobledger.stages import stage_dags

stage_dags(
    "job_costs",
    flows=["job_costs"],
    doc=__doc__,
)
