"""Time: approved timesheets and daily-log timecards.

An Airflow DAG for each integration that has this stage. It runs after the night's other stages. Its flows:

* `time_activities`: with `labour.time_activities`, approved time becomes time activities of QuickBooks' employees
* `labour_costs`: with `labour.costing`, approved time at the employee's rate becomes a payroll direct cost in Procore
"""

from jobledger.stages import stage_dags

stage_dags(
    "time",
    flows=["labour_costs", "time_activities"],
    doc=__doc__,
)
