"""`airflow jobledger prune`: working papers go, evidence stays (ACC-33)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from jobledger import platform
from jobledger.commands.screen import plain_errors, say
from jobledger.integration import Integration
from jobledger.store import retention
from jobledger.store.engine import writing

STAGED = timedelta(days=14)
"""How long staging files are kept: long enough to rerun a task of last week."""


@plain_errors
def prune(args: Any) -> None:
    """Removes staging folders older than two weeks and rows past their time; links, intents and approvals stay."""
    now = datetime.now(UTC)
    years = max((one.retention_years for one in platform.integrations() if isinstance(one, Integration)), default=7)
    with writing(platform.engine()) as connection:
        for kind, count in retention.prune(connection, now, years).items():
            say(f"{kind}: {count} rows removed")
    say(f"staging: {_prune_staging(platform.staging_root(), now)} runs removed")


def _prune_staging(root: Path, now: datetime) -> int:
    if not root.exists():
        return 0
    old = [run for folder in root.iterdir() for run in folder.iterdir() if _older(run, now - STAGED)]
    for run in old:
        run.fs.rm(run.path, recursive=True)  # type: ignore[attr-defined]
    return len(old)


def _older(run: Path, moment: datetime) -> bool:
    """Whether the newest file of a run is older: a bucket's folders have no time of their own."""
    store: Any = run
    times = [store.fs.modified(path) for path in store.fs.find(store.path)]
    return bool(times) and max(times) < moment
