"""`airflow …` as a person types it, several commands in one process of their own: the imports take the longest."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it printed."""

    code: int
    text: str


def airflow(folder: Path, *commands: str, environment: Mapping[str, str] | None = None) -> dict[str, Ended]:
    """Runs commands one after the other in the tests' environment; `folder` takes the results."""
    results = folder / "results.json"
    ended = subprocess.run(
        [sys.executable, "-m", "tests.airflow.shell", results, *commands],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'plugins'}", "COLUMNS": "200", **(environment or {})},
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return {command: Ended(**one) for command, one in json.loads(results.read_text()).items()}


def main(results: str, *commands: str) -> None:
    """In the process of its own: carries out the commands."""
    Path(results).write_text(json.dumps({command: asdict(carried_out(command)) for command in commands}))


def carried_out(command: str) -> Ended:
    """Carries out a command in this process."""
    from airflow.__main__ import main as airflow_main

    sys.argv = ["airflow", *command.split()]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            airflow_main()
        except SystemExit as ending:
            words = ending.code if isinstance(ending.code, str) else ""
            return Ended(ending.code if isinstance(ending.code, int) else int(bool(words)), printed.getvalue() + words)
    return Ended(0, printed.getvalue())


if __name__ == "__main__":
    main(*sys.argv[1:])
