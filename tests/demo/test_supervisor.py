"""The supervisor leaves no process behind, whoever is interrupted or killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from demo import processes
from demo.supervisor import ComponentDied, NotHealthy, Supervisor

# A child that starts a grandchild in a session of its own, and will not be stopped by asking.
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
print("ready", flush=True)
time.sleep(600)
"""
PARENT = f"""
import sys, time
from pathlib import Path
from demo.run import plainly
from demo.supervisor import Supervisor
def work():
    with Supervisor(Path(sys.argv[1]), dict(__import__("os").environ), stop_within=0.3) as running:
        running.start("stubborn", [sys.executable, "-c", {STUBBORN!r}])
        time.sleep(600)
sys.exit(plainly(work))
"""


@pytest.fixture
def supervisor(tmp_path: Path) -> Supervisor:
    return Supervisor(tmp_path, dict(os.environ), stop_within=0.3)


def test_a_stop_ends_children_that_ignore_it_and_their_children(supervisor: Supervisor, tmp_path: Path) -> None:
    with supervisor as running:
        running.start("stubborn", [sys.executable, "-c", STUBBORN])
        running.wait_for("stubborn", lambda: len(processes.of(tmp_path)) == 2, 20)
    assert living(tmp_path) == []


def test_a_part_that_ends_by_itself_is_reported_with_its_last_words(supervisor: Supervisor) -> None:
    with pytest.raises(ComponentDied, match=r"broken ended by itself(?s:.*)out of paper"), supervisor as running:
        running.start("broken", [sys.executable, "-c", "import sys; sys.exit('out of paper')"])
        running.wait_for("broken", lambda: False, 20)


def test_a_part_that_never_gets_ready_is_given_up(supervisor: Supervisor, tmp_path: Path) -> None:
    with pytest.raises(NotHealthy, match="slow was not ready within 0 s"), supervisor as running:
        running.start("slow", ["sleep", "600"])
        running.wait_for("slow", lambda: False, 0.1)
    assert living(tmp_path) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_parent_says_so_and_leaves_nothing(number: signal.Signals, tmp_path: Path) -> None:
    parent = start_parent(tmp_path)
    parent.send_signal(number)
    output, _ = parent.communicate(timeout=20)
    assert parent.returncode == 130
    assert "Nothing is left running" in output
    assert living(tmp_path) == []


def test_a_killed_parent_leaves_nothing(tmp_path: Path) -> None:
    parent = start_parent(tmp_path)
    parent.kill()
    parent.communicate(timeout=20)
    wait_until(lambda: living(tmp_path) == [])


def test_what_a_crash_left_behind_is_ended_by_the_next_start(supervisor: Supervisor, tmp_path: Path) -> None:
    subprocess.Popen(["sleep", "600"], env={**os.environ, **processes.marked(tmp_path)})
    assert living(tmp_path)
    with supervisor:
        assert [pid for pid in living(tmp_path) if pid != supervisor.watchdog.pid] == []


def start_parent(folder: Path) -> subprocess.Popen[str]:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, folder], stdout=subprocess.PIPE, text=True)
    wait_until(lambda: len(living(folder)) == 3)
    return parent


def living(folder: Path) -> list[int]:
    """By /proc alone: the living processes of the demo in `folder`, its watchdog included."""
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and belongs(entry, folder)]


def belongs(entry: Path, folder: Path) -> bool:
    try:
        if (entry / "stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return False
        marked = f"{processes.MARK}={folder}".encode() in (entry / "environ").read_bytes().split(b"\0")
        return marked or f"demo.watchdog\0{folder}\0".encode() in (entry / "cmdline").read_bytes()
    except OSError:
        return False


def wait_until(is_so: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "not within the time"
        time.sleep(0.05)
