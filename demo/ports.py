"""The five ports of the demo: the preferred ones, or free ones where those are taken."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Ports:
    """Where each part listens on this machine."""

    airflow: int = 8080
    task_api: int = 8081
    sandbox: int = 9400
    task_logs: int = 8793
    trigger_logs: int = 8794


class PortTaken(Exception):
    """A port that was asked for by name is in use."""


def choose(environment: Mapping[str, str] = os.environ) -> tuple[Ports, list[str]]:
    """Ports to listen on, and a sentence for each one that differs from the preferred one.

    `JOBLEDGER_DEMO_AIRFLOW_PORT`, `JOBLEDGER_DEMO_SANDBOX_PORT` … ask for certain ones; PortTaken when in use.
    """
    chosen, remarks = {}, []
    for field in fields(Ports):
        asked = environment.get(f"JOBLEDGER_DEMO_{field.name.upper()}_PORT")
        preferred = int(asked or field.default)  # type: ignore[arg-type]
        chosen[field.name] = preferred if is_free(preferred) else _other(field.name, preferred, asked)
        if chosen[field.name] != preferred:
            remarks.append(f"Port {preferred} is in use; {field.name.replace('_', ' ')} gets {chosen[field.name]}.")
    return Ports(**chosen), remarks


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` of this machine, on all its addresses."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
            probe.listen()
        except OSError:
            return False
    return True


def save(ports: Ports, file: Path) -> None:
    """Writes the ports down, so that other shells find the running demo."""
    file.write_text(json.dumps(asdict(ports)))


def saved(file: Path) -> Ports:
    """The ports last written down, or the preferred ones."""
    return Ports(**json.loads(file.read_text())) if file.exists() else Ports()


def _other(name: str, taken: int, asked: str | None) -> int:
    if asked:
        raise PortTaken(f"Port {taken}, asked for by JOBLEDGER_DEMO_{name.upper()}_PORT, is in use.")
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
