"""How the demo tells what happens in a run."""

from __future__ import annotations

import pytest

from demo.follow import group_states


@pytest.mark.parametrize(
    ("states", "told"),
    [
        ([None, "scheduled", "queued"], "waiting"),
        (["success", None], "running"),
        (["success", "running"], "running"),
        (["success", "skipped"], "done"),
        (["success", "upstream_failed"], "failed"),
        (["failed", "running"], "failed"),
    ],
)
def test_a_group_is_told_by_its_tasks(states: list[str | None], told: str) -> None:
    tasks = [{"task_id": f"companies.{number}", "state": state} for number, state in enumerate(states)]
    assert group_states([*tasks, {"task_id": "report", "state": "success"}]) == {"companies": told, "report": "done"}
