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

from demo import components, include, ports
from demo.api import Api
from demo.bookkeepers import pex, quickbooks_online, xero
from demo.environment import Place, UnknownSystem, place_of, process_environment, secrets_of, variables
from demo.follow import StageFailed, follow
from demo.lock import AlreadyRunning, only_one
from demo.supervisor import ComponentDied, Interrupted, NotHealthy, Supervisor, interruptible

BOOKKEEPERS = {"xero": xero.work, "quickbooks_online": quickbooks_online.work, "pex": pex.work}
"""What people do in the books or with their cards in the middle of the demo, by system."""
AFTERWARDS = {
    "xero": "invoices_and_payments",
    "quickbooks_online": "invoices_and_payments",
    "pex": "card_purchases",
}
"""The stage from which all run once more after that, by system."""

FAILURES = (
    *(UnknownSystem, ports.PortTaken, AlreadyRunning, ComponentDied, NotHealthy, StageFailed),
    requests.RequestException,
)
HINTS = (
    ("make up{system}", "the same data in the Airflow UI, with a page for every record"),
    ('eval "$(make -s env{system})"', "then, in this shell:"),
    ("airflow jobledger history --last-night", "the table of flows again"),
    ("airflow jobledger report tieout {integration}", "the tie-out again"),
    ("airflow jobledger doctor", "is everything set up"),
)
"""Commands with which to look further, and what each one shows."""


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
    include.link(place)
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
    """Runs the chain of stages; when the bookkeeper has done something, the stages that bring it back once more."""
    api = Api(running.ports, secrets_of(running.place)["password"])
    wait = partial(_pause, running.running)
    chain = _chain(running, api)
    follow(api, chain, running.say, wait)
    first = f"{running.place.integration}.{AFTERWARDS[running.place.system]}"
    once_more = chain[chain.index(first) :] if first in chain else []
    if once_more and (done := BOOKKEEPERS[running.place.system](running.ports.sandbox)):
        running.say(done)
        follow(api, once_more, running.say, wait)


def stages(place: Place) -> list[str]:
    """The DAGs of the demo's stages, in the order in which its integration file lists them."""
    declared = yaml.safe_load((place.include / "integrations" / f"{place.integration}.yaml").read_text())
    return [f"{place.integration}.{stage}" for stage in declared["stages"]]


def hints(place: Place) -> str:
    """How to look further into what a demo has done."""
    system = "" if place.system == Place.system else f" SYSTEM={place.system}"
    told = [(command.format(system=system, integration=place.integration), shows) for command, shows in HINTS]
    width = max(len(command) for command, _ in told)
    return "\n".join(["\nLook further:", *(f"    {command:{width}}  {shows}" for command, shows in told)])


def show(running: Demo, since: datetime) -> None:
    """Prints what became of the records since `since`, as commands do, the tie-out, and how to look further."""
    import sqlalchemy

    from jobledger.reports.night import night_table
    from jobledger.reports.tables import tie_out_of

    place = running.place
    engine = sqlalchemy.create_engine(place.database)
    table, tied = night_table(engine, since), tie_out_of(engine, place.include, place.integration)
    print(f"\n{table}\n\n{tied}\n\n{sandbox_traffic(running)}\n{hints(place)}\n", flush=True)


def sandbox_traffic(running: Demo) -> str:
    """How many requests the sandbox has answered since it started, and how many of them wrote something."""
    with requests.Session() as session:
        session.trust_env = False
        url = f"http://{ports.HOST}:{running.ports.sandbox}/_sandbox/requests/summary"
        seen = session.get(url, timeout=60).json()
    return f"The sandbox answered {seen['requests']} requests, {seen['writes']} of them writes."


def _chain(running: Demo, api: Api) -> list[str]:
    first, *others = stages(running.place)
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
    sys.exit(plainly(lambda: demo(place_of(sys.argv[1:]))))
