"""A sandbox in process, and servers behind real sockets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.systems.scripted import Scripted, served
from tests.systems.stage import Stage, set_up


@pytest.fixture
def stage() -> Iterator[Stage]:
    yield from set_up()


@pytest.fixture
def vendor() -> Iterator[Scripted]:
    yield from served()


@pytest.fixture
def stranger() -> Iterator[Scripted]:
    """Another origin."""
    yield from served()
