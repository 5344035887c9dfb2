"""What happens when the scheduler starts: its pool is made, and what tasks would import slowly is imported once."""

from __future__ import annotations

import importlib
import logging
import sys

from airflow.listeners import hookimpl

from jobledger.systems.registry import HOOKS

log = logging.getLogger(__name__)

POOL = "jobledger"

PRELOADED = (
    *("pandas", "great_expectations", "airflow.sdk.lineage", "airflow.sdk.definitions.asset.metadata"),
    *("jobledger.stages", "jobledger.steps", "jobledger.pipeline.shared"),
    *(hook.rpartition(".")[0] for hook in HOOKS.values()),
)
"""Tasks of the local executor are forks of the scheduler: what it has imported costs them nothing."""


@hookimpl
def on_starting(component: object) -> None:
    """Airflow's hook: a component starts. Tasks call it too, as forks that have the scheduler's command line."""
    if "scheduler" in sys.argv and _is_a_component(component):
        make_pool()
        for name in PRELOADED:
            importlib.import_module(name)


def _is_a_component(what: object) -> bool:
    from airflow.jobs.job import Job

    return isinstance(what, Job)


def make_pool() -> None:
    """Makes the pool in which tasks talk to the vendors, unless it is there; its size is then the operator's."""
    from airflow.configuration import conf
    from airflow.models.pool import Pool
    from airflow.utils.session import create_session

    with create_session() as session:
        if Pool.get_pool(POOL, session=session) is None:
            slots = conf.getint("jobledger", "pool_slots", fallback=4)
            Pool.create_or_update_pool(POOL, slots, "Tasks that talk to the vendors", False, session=session)
            log.info("made the pool %s with %s slots", POOL, slots)
