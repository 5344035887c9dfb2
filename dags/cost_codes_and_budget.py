"""Cost codes and budget: the codes on which all money is booked.

An Airflow DAG for each integration that has this stage. Its flows:

* `cost_codes`: each standard cost code with a cost type that a project uses becomes an item
* `items`: items that somebody asked for become Procore standard cost codes
"""

from jobledger.stages import stage_dags

stage_dags(
    "cost_codes_and_budget",
    flows=["cost_codes", "items"],
    doc=__doc__,
)
