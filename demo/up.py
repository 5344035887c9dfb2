"""`python -m demo.up`: the demo's data in the Airflow UI, until Ctrl-C."""

from __future__ import annotations

import sys
import time

from demo.environment import USER, Place, place_of, secrets_of
from demo.lock import only_one
from demo.ports import HOST
from demo.run import Clock, plainly, started
from demo.supervisor import Interrupted


def up(place: Place) -> None:
    """Opens Airflow on the demo's data and keeps it open."""
    with only_one(place.folder), started(place, Clock().say, triggerer=True) as running:
        print(
            f"""
    Airflow    http://{HOST}:{running.ports.airflow}
    user       {USER}
    password   {secrets_of(place)["password"]}
    sandbox    http://{HOST}:{running.ports.sandbox}

Ctrl-C stops it.""",
            flush=True,
        )
        while True:
            running.running.check()
            time.sleep(1)


if __name__ == "__main__":
    code = plainly(lambda: up(place_of(sys.argv[1:])))
    sys.exit(0 if code == Interrupted.CODE else code)
