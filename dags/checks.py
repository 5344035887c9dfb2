"""Checks of both connections, every morning: what the vendors say of sign-in, permissions and set-up.

An Airflow DAG for each integration, as its settings page asks for it: pages call no vendor. What was found is shown
there. A run is red where something that is required is not well. A consent that nothing else uses is kept alive by it.
"""

from jobledger.daily import check_dags

check_dags(doc=__doc__)
