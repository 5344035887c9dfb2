"""What an integration has by the day beside its stages: a DAG that checks its connections, and one that sends notices.

Parsing imports no connector.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, CronTriggerTimetable, Param, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException

from jobledger.integration import Integration
from jobledger.listener import POOL
from jobledger.platform import CHECKS, checks_dag_id, integrations, notices_dag_id, notify
from jobledger.stages import TASKS

MORNING = "0 6 * * *"
"""When connections are checked, in the integration's time zone."""


def check_dags(doc: str | None) -> None:
    """Makes a DAG for each integration: it asks both vendors, keeps what they say, and is red if not well."""
    for paired in integrations():
        if isinstance(paired, Integration):
            _check_dag(paired, doc or "")


def notice_dags(doc: str | None) -> None:
    """Makes one DAG for each integration that names a notifier: once a day, and at once when something is rejected."""
    for paired in integrations():
        if isinstance(paired, Integration) and paired.notices.notifier:
            _notice_dag(paired, doc or "")


def _check_dag(paired: Integration, doc: str) -> None:
    with DAG(
        checks_dag_id(paired),
        dag_display_name=f"{paired.name}: checks",
        description=doc.strip().partition("\n")[0],
        doc_md=doc,
        # only at its time: nobody waits for a check that was missed, and there is a button
        schedule=CronTriggerTimetable(MORNING, timezone=paired.schedules.timezone, run_immediately=timedelta(0)),
        start_date=None,
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=False,
        tags=[paired.name, CHECKS],
        default_args=TASKS,
    ):

        @task(pool=POOL, doc_md="Asks both vendors about sign-in, permissions and set-up, and keeps what they say.")
        def check() -> None:
            from jobledger.actions.checks import unmet

            found = [f"{one.topic}: {one.message} {one.remedy}".rstrip() for one in unmet(paired.name)]
            if found:
                raise AirflowFailException("\n".join(["What is required and not met:", *found]))

        check()


def _notice_dag(paired: Integration, doc: str) -> None:
    with DAG(
        notices_dag_id(paired),
        dag_display_name=f"{paired.name}: notices",
        description=doc.strip().partition("\n")[0],
        doc_md=doc,
        schedule=CronTriggerTimetable(paired.notices.daily, timezone=paired.schedules.timezone),
        start_date=None,
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=False,
        params={"digest": Param(True, type="boolean", title="Digest", description="Tell what waits, too.")},
        tags=[paired.name, "notices"],
        default_args=TASKS,
    ):

        @task(doc_md="Tells what waits for an acceptance, and what was rejected.")
        def tell() -> int:
            from jobledger.actions import notices

            context: Any = get_current_context()
            return notices.tell(
                paired.name,
                context["run_id"],
                bool(context["params"]["digest"]),
                lambda said: notify(paired.notices, said.to, said.subject, said.text, context),
            )

        tell()
