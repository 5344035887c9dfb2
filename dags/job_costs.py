"""Job costs: bills, supplier credits, spend money and refunds that began in the books.

An Airflow DAG for each integration that has this stage. It runs after the night's invoices; its data interval is a
month, so that a backfill reads the documents of whole months, as often as one likes. Its flow:

* `job_costs`: each becomes one direct cost per project
"""

from jobledger.stages import stage_dags

stage_dags(
    "job_costs",
    flows=["job_costs"],
    doc=__doc__,
)
