"""A shell for tests: the functions of `jobledger.commands` on a night's sandbox and database, and what they print."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from jobledger import platform
from tests.pipeline.night import ROOT, Night

DEFAULTS: dict[str, Any] = {
    "integration": "test",
    "stages": [],
    "plan": False,
    "full_refresh": False,
    "only_projects": [],
    "only_records": [],
    "sides": "both",
    "first_day": None,
    "last_day": None,
    "by": "project",
    "csv": False,
    "cost_code": None,
    "record": None,
    "run": None,
    "open": False,
    "last_night": False,
    "all": False,
    "ids": [],
    "why": "",
    "kind": None,
    "link_sure": False,
    "preview": False,
}


@dataclass
class Office:
    """One integration, `test`, whose file is written anew before each command from the night's settings."""

    night: Night
    include: Path
    shown: pytest.CaptureFixture[str]

    def do(self, command: Callable[[Any], None], **args: Any) -> str:
        """Runs a command with these arguments; what it printed. Ends with code 0 or not at all."""
        self.write()
        self.shown.readouterr()
        try:
            command(argparse.Namespace(**DEFAULTS | args))
        except SystemExit as end:
            assert end.code in (None, 0), end.code
        return self.shown.readouterr().out

    def fails(self, command: Callable[[Any], None], **args: Any) -> str:
        """Runs a command that must end with an error: what it printed, and the sentence with which it ended."""
        self.write()
        self.shown.readouterr()
        with pytest.raises(SystemExit) as end:
            command(argparse.Namespace(**DEFAULTS | args))
        assert end.value.code not in (None, 0)
        return f"{self.shown.readouterr().out}{'' if end.value.code == 1 else end.value.code}"

    def expect(self) -> Path:
        """Puts the expectation files there; without them a run saves the seconds that Great Expectations takes."""
        return Path(shutil.copytree(ROOT / "include" / "expectations", self.include / "expectations"))

    def write(self, name: str = "test", **changes: Any) -> Path:
        """Writes an integration file."""
        file = self.include / "integrations" / f"{name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        settings = {key: value for key, value in self.night.settings.items() if key != "name"} | changes
        file.write_text(yaml.safe_dump(settings), encoding="utf-8")
        return file


def offices(
    night: Night, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Office]:
    """An office on a night: real files, the night's database and sandbox."""
    include = folder / "include"
    shutil.copytree(ROOT / "include" / "mappings", include / "mappings")
    monkeypatch.setenv("AIRFLOW__JOBLEDGER__INCLUDE", str(include))
    monkeypatch.setenv("AIRFLOW__JOBLEDGER__STAGING", (folder / "staging").as_uri())
    monkeypatch.setattr(platform, "engine", lambda: night.engine)
    monkeypatch.setattr(platform, "systems", lambda paired, backfill=False: night.systems(backfill))
    monkeypatch.setattr("getpass.getuser", lambda: "ann")
    office = Office(night, include, capsys)
    office.write()
    yield office
