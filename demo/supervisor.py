"""Starts the parts of the demo as child processes and stops them all, whatever happens to their parent."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from demo import processes
from demo.environment import ROOT

Command = Sequence[str]
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(BaseException):
    """The user, or the system, asked for the end."""

    CODE = 130


class ComponentDied(Exception):
    """A part of the demo ended by itself; the message shows the end of its log."""


class NotHealthy(Exception):
    """A part of the demo did not answer in time; the message says where its log is."""


class Supervisor:
    """Runs commands in sessions of their own until the `with` block ends, then leaves none of them behind."""

    def __init__(self, folder: Path, environment: Mapping[str, str], stop_within: float = 8) -> None:
        self.folder = folder
        self.logs = folder / "logs"
        self._environment = {**environment, **processes.marked(folder)}
        self._stop_within = stop_within
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._first_to_stop: list[str] = []
        self._killed: list[str] = []

    def __enter__(self) -> Self:
        self.logs.mkdir(parents=True, exist_ok=True)
        processes.sweep(self.folder)
        # Without the mark: it must outlive its own sweep.
        self.watchdog = subprocess.Popen(
            [sys.executable, "-m", "demo.watchdog", str(self.folder)],
            stdin=subprocess.PIPE,
            start_new_session=True,
            cwd=ROOT,
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with ignoring_signals():
            self._stop()

    def start(self, name: str, command: Command, stops_first: bool = False, is_killed: bool = False) -> None:
        """Starts a command; what it prints goes to `logs/<name>.log`.

        One that `stops_first` is ended while those that it needs for that are still there. One that `is_killed` in the
        end has nothing to bring to one, and would only take its time.
        """
        if stops_first:
            self._first_to_stop.append(name)
        if is_killed:
            self._killed.append(name)
        with (self.logs / f"{name}.log").open("wb") as log:
            self._children[name] = subprocess.Popen(
                command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=ROOT,
            )

    def run(self, name: str, command: Command) -> None:
        """Runs a command to its end; raises ComponentDied when it fails."""
        self.start(name, command)
        if self._children[name].wait() != 0:
            raise ComponentDied(f"{name} failed. {self._last_words(name)}")
        del self._children[name]

    def check(self) -> None:
        """Raises ComponentDied when a part has ended by itself."""
        for name, child in self._children.items():
            if child.poll() is not None:
                raise ComponentDied(f"{name} ended by itself (code {child.returncode}). {self._last_words(name)}")

    def wait_for(self, name: str, is_healthy: Callable[[], bool], seconds: float = 300, pause: float = 0.2) -> None:
        """Waits until `is_healthy`; raises ComponentDied, or NotHealthy after `seconds`."""
        end = time.monotonic() + seconds
        while not is_healthy():
            self.check()
            if time.monotonic() > end:
                raise NotHealthy(f"{name} was not ready within {seconds:.0f} s. {self._last_words(name)}")
            time.sleep(pause)

    def _stop(self) -> None:
        self._ask_to_end([self._children[name] for name in self._first_to_stop])
        self._ask_to_end([child for name, child in self._children.items() if name not in self._killed])
        processes.sweep(self.folder)
        for child in self._children.values():
            child.wait()
        self._children.clear()
        self.watchdog.communicate()

    def _ask_to_end(self, children: Collection[subprocess.Popen[bytes]]) -> None:
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                child.terminate()
        end = time.monotonic() + self._stop_within
        for child in children:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(max(0.0, end - time.monotonic()))

    def _last_words(self, name: str, lines: int = 15) -> str:
        log = self.logs / f"{name}.log"
        text = log.read_text(errors="replace") if log.exists() else ""
        tail = "\n".join(f"    {line}" for line in text.splitlines()[-lines:])
        return f"The end of {log}:\n{tail}"


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Turns Ctrl-C, SIGTERM and SIGHUP into Interrupted, so that `with` blocks are left in order."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise Interrupted(signal.Signals(number).name)

    with _handling(interrupt):
        yield


@contextlib.contextmanager
def ignoring_signals() -> Iterator[None]:
    """Lets a stop finish, however often Ctrl-C is pressed."""
    with _handling(lambda number, frame: None):
        yield


@contextlib.contextmanager
def _handling(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number in STOP_SIGNALS}
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)
