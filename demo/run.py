"""`python -m demo.run`: the demo, from an empty folder to a table of what was carried over."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

import requests
import yaml

from demo import bookkeeper, components, ports
from demo.api import Api
from demo.environment import ROOT, Place, process_environment, secrets_of, variables
from demo.follow import StageFailed, follow
from demo.lock import AlreadyRunning, only_one
from demo.supervisor import ComponentDied, Interrupted, NotHealthy, Supervisor, interruptible

INTEGRATION = "demo_xero"
BILLS = f"{INTEGRATION}.invoices_and_payments"
FAILURES = (ports.PortTaken, AlreadyRunning, ComponentDied, NotHealthy, StageFailed, requests.RequestException)
HINTS = """
Look further:
    make up                                   the same data in the Airflow UI, with a page for every record
    eval "$(make -s env)"                     then, in this shell:
    airflow jobledger history --last-night    the table of flows again
    airflow jobledger report tieout demo_xero the tie-out again
    airflow jobledger doctor                  is everything set up"""


@dataclass(frozen=True)
class Demo:
    """A running demo: where it is, its ports, its processes, and a way to talk."""

    place: Place
    ports: ports.Ports
    running: Supervisor
    say: Callable[[str], None]


@dataclass(frozen=True)
class Clock:
    """Says things with the seconds since the start before them."""

    start: float = field(default_factory=time.monotonic)

    def say(self, text: str) -> None:
        """Prints one line of progress."""
        print(f"{time.monotonic() - self.start:6.1f} s  {text}", flush=True)


@contextmanager
def started(place: Place, say: Callable[[str], None], triggerer: bool = False) -> Iterator[Demo]:
    """The sandbox and Airflow, up and healthy until the `with` block ends."""
    chosen, remarks = ports.choose()
    for remark in remarks:
        say(remark)
    environment = process_environment(variables(place, chosen))
    with Supervisor(place.folder, environment) as running:
        try:
            ports.save(chosen, place.ports)
            say("Starting the sandbox and Airflow …")
            components.start(running, place, chosen, triggerer)
            components.wait(running, chosen)
            say("All parts are up.")
            yield Demo(place, chosen, running, say)
        finally:
            say("Stopping …")
            place.ports.unlink(missing_ok=True)


def plainly(work: Callable[[], None]) -> int:
    """Runs `work` with Ctrl-C leading to an orderly end; prints failures plainly and returns the exit code."""
    try:
        with interruptible():
            work()
    except Interrupted:
        print("Stopped. Nothing is left running; what was done so far is kept, and running again goes on from it.")
        return Interrupted.CODE
    except FAILURES as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


def demo(place: Place) -> None:
    """Carries the demo's records over and prints what became of them."""
    clock = Clock()
    since = datetime.now(UTC)
    with only_one(place.folder), started(place, clock.say) as running:
        try:
            carry(running)
        except StageFailed:
            show(running, since)
            raise
        show(running, since)
    clock.say("Done; nothing is left running.")


def carry(running: Demo) -> None:
    """Runs the chain of stages; when the bookkeeper has paid bills, the stages that bring payments back once more."""
    api = Api(running.ports, secrets_of(running.place)["password"])
    wait = partial(_pause, running.running)
    chain = _chain(running, api)
    follow(api, chain, running.say, wait)
    since_bills = chain[chain.index(BILLS) :] if BILLS in chain else []
    if since_bills and (done := bookkeeper.work(running.ports.sandbox)):
        running.say(done.told())
        follow(api, since_bills, running.say, wait)


def stages() -> list[str]:
    """The DAGs of the demo's stages, in the order in which its integration file lists them."""
    declared = yaml.safe_load((ROOT / "include" / "integrations" / f"{INTEGRATION}.yaml").read_text())
    return [f"{INTEGRATION}.{stage}" for stage in declared["stages"]]


def show(running: Demo, since: datetime) -> None:
    """Prints what became of the records since `since`, as commands do, the tie-out, and how to look further."""
    import sqlalchemy

    from jobledger.reports.night import night_table
    from jobledger.reports.tables import tie_out_of

    engine = sqlalchemy.create_engine(running.place.database)
    table, tied = night_table(engine, since), tie_out_of(engine, ROOT / "include", INTEGRATION)
    print(f"\n{table}\n\n{tied}\n\n{sandbox_traffic(running)}\n{HINTS}\n", flush=True)


def sandbox_traffic(running: Demo) -> str:
    """How many requests the sandbox has answered since it started, and how many of them wrote something."""
    with requests.Session() as session:
        session.trust_env = False
        url = f"http://{ports.HOST}:{running.ports.sandbox}/_sandbox/requests/summary"
        seen = session.get(url, timeout=60).json()
    return f"The sandbox answered {seen['requests']} requests, {seen['writes']} of them writes."


def _chain(running: Demo, api: Api) -> list[str]:
    first, *others = stages()
    running.running.wait_for("dag-processor", lambda: _is_parsed(api, [first, *others]))
    return [first, *(dag_id for dag_id in others if api.follows_an_asset(dag_id))]


def _is_parsed(api: Api, dag_ids: list[str]) -> bool:
    if all(api.has_dag(dag_id) for dag_id in dag_ids):
        return True
    errors = api.import_errors()
    if errors:
        raise StageFailed("A DAG file could not be read:\n" + "\n".join(errors))
    return False


def _pause(running: Supervisor, seconds: float) -> None:
    running.check()
    time.sleep(seconds)


if __name__ == "__main__":
    sys.exit(plainly(partial(demo, Place())))
