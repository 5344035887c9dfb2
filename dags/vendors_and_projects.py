"""Vendors and projects: the companies and jobs that everything else refers to.

An Airflow DAG for each integration that has this stage. Its flows:

* `companies`: Procore companies become contacts (vendors), and stay in step with them
* `contacts`: contacts that somebody asked for become Procore companies
* `projects`: Procore projects become tracking options, sub-customers (jobs), or options of a PEX tag
* `tracking_options`, `sub_customers`: jobs that somebody asked for become Procore projects
* `employees`: employees are linked, where their time is carried
"""

from jobledger.stages import stage_dags

stage_dags(
    "vendors_and_projects",
    flows=["companies", "contacts", "projects", "tracking_options", "sub_customers", "employees"],
    doc=__doc__,
)
