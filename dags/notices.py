"""Notices: what waits for an accounting approver, once a day, and what was rejected, at once.

An Airflow DAG for each integration whose file names a notifier under `notices`.
"""

from jobledger.daily import notice_dags

notice_dags(doc=__doc__)
