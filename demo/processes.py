"""Finding and ending every process of a demo, whoever its parent is by now.

Each one carries the variable MARK with the demo's folder as its value, children and grandchildren included.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import psutil  # type: ignore[import-untyped]

MARK = "JOBLEDGER_DEMO_OF"


def marked(folder: Path) -> dict[str, str]:
    """The variables by which the processes of the demo in `folder` are recognised.

    Without SPT_NOENV the process titles that Airflow sets would overwrite the environment that others see.
    """
    return {MARK: str(folder), "SPT_NOENV": "1"}


def of(folder: Path) -> list[psutil.Process]:
    """The living processes of the demo in `folder`."""
    return [process for process in psutil.process_iter() if _belongs(process, folder)]


def sweep(folder: Path, seconds: float = 5) -> int:
    """Kills what is left of the demo in `folder`, waits up to `seconds`, and returns how many there were."""
    found = of(folder)
    for process in found:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs([process for process in found if not _is_zombie(process)], timeout=seconds)
    return len(found)


def _belongs(process: psutil.Process, folder: Path) -> bool:
    try:
        return bool(process.environ().get(MARK) == str(folder)) and not _is_zombie(process)
    except (psutil.Error, OSError):
        return False


def _is_zombie(process: psutil.Process) -> bool:
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
