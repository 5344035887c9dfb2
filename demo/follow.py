"""Following the chain of stages, each a DAG run, and telling what happens in it line by line."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

from demo.api import Api, Record

ENDED = {"success", "failed"}
UNFINISHED = {None, "scheduled", "queued", "running", "restarting", "up_for_retry", "deferred", "up_for_reschedule"}
AT_WORK = {"queued", "running", "restarting"}
BAD = {"failed", "upstream_failed"}


class StageFailed(Exception):
    """A stage's run failed, or one that should have followed did not start."""


def follow(api: Api, dag_ids: Sequence[str], say: Callable[[str], None], wait: Callable[[float], None]) -> None:
    """Triggers the first DAG and follows it and those that its asset starts, to their end.

    `wait` pauses between two looks and may raise to give up. Raises StageFailed.
    """
    _finish_what_was_interrupted(api, dag_ids, say, wait)
    before = {dag_id: _id(api.newest_run(dag_id)) for dag_id in dag_ids}
    for dag_id in dag_ids:
        api.unpause(dag_id)
    api.trigger(dag_ids[0])
    for dag_id in dag_ids:
        run_id = _started(api, dag_id, before[dag_id], wait)
        say(f"{dag_id} has started")
        _to_its_end(api, dag_id, run_id, say, wait)


def group_states(tasks: Iterable[Record]) -> dict[str, str]:
    """The state of each task group (a task outside any group is its own): waiting, running, done or failed."""
    states: dict[str, list[str | None]] = {}
    for task in tasks:
        states.setdefault(task["task_id"].rpartition(".")[0] or task["task_id"], []).append(task["state"])
    return {group: _together(found) for group, found in states.items()}


def _together(states: Sequence[str | None]) -> str:
    if any(state in BAD for state in states):
        return "failed"
    if all(state in {None, "scheduled", "queued"} for state in states):
        return "waiting"
    return "running" if any(state in UNFINISHED for state in states) else "done"


def _finish_what_was_interrupted(
    api: Api, dag_ids: Sequence[str], say: Callable[[str], None], wait: Callable[[float], None], looks: int = 4
) -> None:
    """Waits for runs that an earlier demo left; between two stages of them there is a moment in which none runs."""
    quiet = looks
    if any(api.has_unfinished_runs(dag_id) for dag_id in dag_ids):
        say("Finishing the run that was interrupted …")
        quiet = 0
    while quiet < looks:
        wait(1)
        quiet = 0 if any(api.has_unfinished_runs(dag_id) for dag_id in dag_ids) else quiet + 1


def _started(api: Api, dag_id: str, before: str | None, wait: Callable[[float], None], seconds: float = 180) -> str:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        run_id = _id(api.newest_run(dag_id))
        if run_id is not None and run_id != before:
            return run_id
        wait(0.3)
    raise StageFailed(f"{dag_id} did not start: the stage before it announced no complete run within {seconds:.0f} s.")


def _to_its_end(api: Api, dag_id: str, run_id: str, say: Callable[[str], None], wait: Callable[[float], None]) -> None:
    shown: dict[str, str] = {}
    while (state := _state(api, dag_id, run_id, shown, say)) not in ENDED:
        wait(0.5)
    tasks = api.tasks(dag_id, run_id)
    _tell(shown, group_states(tasks), say)
    if state == "failed" or any(task["state"] in BAD for task in tasks):
        failed = ", ".join(task["task_id"] for task in tasks if task["state"] == "failed")
        raise StageFailed(f"{dag_id} failed in: {failed}. Run id: {run_id}")


def _state(api: Api, dag_id: str, run_id: str, shown: dict[str, str], say: Callable[[str], None]) -> str:
    """The run's state, asked for only while none of its tasks is at work: each call costs the machine something."""
    tasks = api.tasks(dag_id, run_id)
    _tell(shown, group_states(tasks), say)
    return "running" if any(task["state"] in AT_WORK for task in tasks) else str(api.run(dag_id, run_id)["state"])


def _tell(shown: dict[str, str], now: dict[str, str], say: Callable[[str], None]) -> None:
    for group, state in now.items():
        if state != "waiting" and shown.get(group) != state:
            say(f"    {group}: {state}")
            shown[group] = state


def _id(run: Record | None) -> str | None:
    return run["dag_run_id"] if run else None
