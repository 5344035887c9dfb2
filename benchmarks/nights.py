"""How many calls a night makes, beside the fewest possible: the demo's night, the unchanged one after it, one ten times
as large; with each system of books, and with cards.

python -m benchmarks.nights [SYSTEM ...] [SCALE ...]    default xero quickbooks_online pex 1 10
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from math import ceil
from pathlib import Path
from typing import Any

import yaml

from sandbox.log import Entry, is_token_request
from tests.pipeline.night import Night, new_database, nights_on
from tests.pipeline.pex_night import pex_nights
from tests.pipeline.quickbooks_night import quickbooks_nights
from tests.pipeline.quotas import least_seconds, put_off, share_windows

ROOT = Path(__file__).parents[1]
_CODES, _ORDERS = ("cost_codes", "items"), ("commitments", "change_orders")
SYSTEMS = {
    "xero": (
        ("companies", "contacts", "projects", "tracking_options"),
        _CODES,
        _ORDERS,
        ("invoices", "payments"),
        ("job_costs",),
    ),
    "quickbooks_online": (
        ("companies", "contacts", "projects", "sub_customers"),
        _CODES,
        _ORDERS,
        ("invoices", "payments", "owner_invoices", "receipts"),
        ("job_costs",),
    ),
    "pex": (
        ("projects",),
        ("cost_codes", "cost_types", "cost_code_rules"),
        ("purchases", "purchase_receipts"),
    ),
}
"""The flows of each system by stage, those with nothing to do in the demo left out."""

NIGHTS = {"xero": nights_on, "quickbooks_online": quickbooks_nights, "pex": pex_nights}

BATCHES = {"xero": 50, "quickbooks_online": 30, "procore": 1000}
"""The most records of one write, by system; PEX takes a tag with all its options, which is one record."""

ONE_BY_ONE = frozenset(
    {
        *("tracking_options", "requisitions", "change_order_packages", "contract_payments"),
        *("tags", "dependencies", "attachments"),
    }
)
"""What its vendor takes in requests of its own only."""

_SCOPE = re.compile(
    r"(?:^|&)(project_id|standard_cost_code_list_id|page|entities)=([^&]*)|\b(FROM|STARTPOSITION) (\w+)"
)
_NUMBER = re.compile(r"(?<=/)\d{3,}(?=/|$)")


FIRST_PAGE = (("page", "1"), ("STARTPOSITION", "1"))


def calls(entries: Iterable[Entry]) -> tuple[list[Entry], list[Entry]]:
    """The reads and the accepted writes among some requests; signing in is neither."""
    asked = [one for one in entries if not is_token_request(one.path)]
    reads = [one for one in asked if _is_read(one)]
    return reads, [one for one in asked if not _is_read(one)]


def _is_read(entry: Entry) -> bool:
    """A batch of QuickBooks that holds questions only has no key."""
    return entry.method == "GET" or (entry.path.endswith("/batch") and not entry.idempotency_key)


def fewest_reads(reads: Iterable[Entry]) -> int:
    """Each page of each list once for each project or list that it is asked for, and each record's own page once."""
    return len({_place(one) for one in reads})


def fewest_writes(writes: Iterable[Entry], accepted: Iterable[dict[str, Any]]) -> int:
    """Full batches of each kind of record; where a batch is for one project only, at least one for each project."""
    rows = Counter((one["system"], one["entity"], one["action"]) for one in accepted)
    places = {_place(one) for one in writes if one.status and one.status < 400}
    return sum(
        max(_projects(places, entity), ceil(count / _batch(system, entity)))
        for (system, entity, _), count in rows.items()
    )


def _batch(system: str, entity: str) -> int:
    return 1 if entity in ONE_BY_ONE else BATCHES[system]


def _projects(places: Iterable[tuple[Any, ...]], entity: str) -> int:
    """For how many projects a kind of record was written; 1 where it is not written by project."""
    if entity in ONE_BY_ONE:
        return 1
    return len({(path, scope) for _, path, scope in places if path.endswith((f"/{entity}/sync", f"/{entity}"))}) or 1


def _place(entry: Entry) -> tuple[str | None, str, tuple[Any, ...]]:
    """A call without what narrows it: system, path, and which project, list and page; a batch of questions as it is."""
    found = sorted(tuple(filter(None, one)) for one in _SCOPE.findall(entry.query))
    batch = (entry.at,) if entry.path.endswith("/batch") else ()
    return entry.system, entry.path, (*(one for one in found if one not in FIRST_PAGE), *batch)


def told(label: str, night: Night, carried: Carried) -> None:
    """Prints the calls of a night, and how long it took."""
    entries = [one for stage in carried.stages for one in stage]
    reads, writes = calls(entries)
    few, least = fewest_reads(reads), fewest_writes(writes, night.stage.sandbox.world.ledger())
    by_stage = sum(fewest_reads(calls(stage)[0]) for stage in carried.stages)
    made = len(reads) + len(writes)
    print(
        f"{label:44} {len(reads):6} reads (at the least {few}, or {by_stage} where each stage reads for itself)"
        f" {len(writes):6} writes (at the least {least})"
        f"   {made / (few + least):.2f} and {made / (by_stage + least):.2f} times the fewest",
        flush=True,
    )
    shortest, refused = least_seconds(entries, 1.0), sum(one.status == 429 for one in reads + writes)
    print(f"{'':44} {carried.seconds:6.0f} s ({shortest:.0f} s at the least for these calls), {refused} refused")
    print(f"{'':44} highest use: {', '.join(highest_use(night))}")
    again = Counter(_NUMBER.sub("…", one.path) for one in reads) - Counter(
        _NUMBER.sub("…", one[1]) for one in map(_place, _distinct(reads))
    )
    for path, count in again.most_common(6):
        print(f"{'':46} {count:6} read again: {path}")


def highest_use(night: Night) -> Iterable[str]:
    """The most that was used of each of the vendors' windows, in words."""
    for system in ("procore", night.integration.accounting.system):
        for window, use in night.stage.sandbox.vendors[system].quota.highest_use().items():
            if use["used"]:
                yield f"{system} {window.replace('_', ' ')} {use['used']:.0f} of {use['limit']:.0f}"


def _distinct(reads: Iterable[Entry]) -> Iterable[Entry]:
    return {_place(one): one for one in reads}.values()


@dataclass(frozen=True)
class Carried:
    """A night that was carried over: what each stage asked, and the seconds of all."""

    stages: list[list[Entry]]
    seconds: float


def carry(night: Night) -> Carried:
    """All stages under the real quotas; the vendors' ledger and what was used of quotas begin anew before."""
    log, clock = night.stage.sandbox.log, night.stage.around.clock
    night.stage.sandbox.world.forget_ledger()
    for vendor in night.stage.sandbox.vendors.values():
        vendor.quota.reset()
    began, stages = clock(), []
    for flows in SYSTEMS[night.integration.accounting.system]:
        log.clear()
        put_off(night, partial(night.run, *flows))
        stages.append(log.entries())
    return Carried(stages, (clock() - began).total_seconds())


@contextmanager
def opened(system: str) -> Iterator[Night]:
    """A night with the demo's integration of a system, under the vendors' real limits."""
    with tempfile.TemporaryDirectory() as folder, new_database(f"sqlite:///{folder}/night.db") as engine:
        for night in NIGHTS[system](engine, Path(folder)):
            integration = yaml.safe_load((ROOT / "include" / "integrations" / f"demo_{system}.yaml").read_text())
            night.settings, night.with_suites = integration | {"name": f"demo_{system}"}, True
            night.stage.sandbox.vendors[system].quota.set_mode("real")
            yield night


def main(systems: list[str], scales: list[int]) -> None:
    """A night of each system and size, and the unchanged one after it."""
    for system in systems:
        for scale in scales:
            with opened(system) as night:
                night.stage.sandbox.reset("demo", scale=scale)
                size = "the demo's night" if scale == 1 else f"a night {scale} times as large"
                share_windows(night)
                told(f"{system}: {size}", night, carry(night))
                night.later(days=1)
                told("  the unchanged night after it", night, carry(night))


if __name__ == "__main__":
    systems = [one for one in sys.argv[1:] if one in SYSTEMS]
    scales = [int(one) for one in sys.argv[1:] if one.isdigit()]
    main(systems or list(SYSTEMS), scales or [1, 10])
