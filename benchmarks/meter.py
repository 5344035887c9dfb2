"""What a piece of work takes of the process that it runs in: time, the vendor's part of it, and memory."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter


@dataclass
class Waited(HTTPAdapter):
    """Sends over HTTP and adds up the seconds until an answer begins: the vendor's time."""

    seconds: float = 0.0

    def __post_init__(self) -> None:
        super().__init__()

    def send(self, *args: Any, **more: Any) -> requests.Response:
        """As `HTTPAdapter.send`."""
        began = time.perf_counter()
        try:
            return super().send(*args, **more)
        finally:
            self.seconds += time.perf_counter() - began


@dataclass(frozen=True)
class Cost:
    """What a step took: seconds without the vendor's, seconds of this process alone, and megabytes above its start."""

    step: str
    seconds: float
    cpu: float
    vendor: float
    peak: float
    result: Any = None


def taken(step: str, waited: Waited, work: Callable[[], Any]) -> Cost:
    """Does some work and tells what it took; `waited` is the adapter through which it asks the vendor."""
    before, cpu, began = megabytes(), _cpu(), time.perf_counter()
    result = work()
    seconds = time.perf_counter() - began
    peak = megabytes(peak=True) - before
    return Cost(step, seconds - waited.seconds, _cpu() - cpu, waited.seconds, peak, result)


def megabytes(peak: bool = False) -> float:
    """This process's resident memory now, or the most that it ever was."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    name = "VmHWM:" if peak else "VmRSS:"
    line = next(line for line in status.read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) / 1024


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
