"""A taken port is stepped around and said so, or refused when it was asked for by name."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo import ports


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_taken_port_is_not_free(taken: int) -> None:
    assert not ports.is_free(taken)


def test_a_taken_preferred_port_is_replaced_and_said_so(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "is_free", lambda port: port != 8080)
    chosen, remarks = ports.choose({})
    assert chosen.airflow != 8080
    assert remarks == [f"Port 8080 is in use; airflow gets {chosen.airflow}."]


def test_a_taken_port_that_was_asked_for_is_refused_by_name(taken: int) -> None:
    with pytest.raises(ports.PortTaken, match=f"Port {taken}, asked for by JOBLEDGER_DEMO_SANDBOX_PORT, is in use"):
        ports.choose({"JOBLEDGER_DEMO_SANDBOX_PORT": str(taken)})


def test_other_shells_find_the_ports_of_the_running_demo(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    assert ports.saved(file) == ports.Ports()
    ports.save(ports.Ports(sandbox=1234), file)
    assert ports.saved(file).sandbox == 1234
