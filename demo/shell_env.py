"""`eval "$(make -s env)"`: puts the demo's environment into a shell, so that `airflow …` works there."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from demo import include, ports
from demo.environment import Place, place_of, variables


def exports(place: Place) -> str:
    """The demo's variables as shell commands; the ports are those of the demo that runs, if one does."""
    include.link(place)
    lines = [_export(name, value) for name, value in _shell(place).items()]
    return "\n".join(["unset PYTHONDONTWRITEBYTECODE", *lines, f'export PATH={shlex.quote(_bin())}:"$PATH"'])


def _shell(place: Place) -> Mapping[str, str]:
    return variables(place, ports.saved(place.ports))


def _bin() -> str:
    return str(Path(sys.executable).parent)


def _export(name: str, value: str) -> str:
    return f"export {name}={shlex.quote(value)}"


if __name__ == "__main__":
    print(exports(place_of(sys.argv[1:])))
