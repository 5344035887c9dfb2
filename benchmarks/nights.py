"""How many calls a night makes, beside the fewest possible: the demo's night, the unchanged one after it, one ten times
as large.

python -m benchmarks.nights [SCALE ...]    default 1 10; each night is followed by an unchanged one
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from math import ceil
from pathlib import Path
from typing import Any

import yaml

from sandbox.log import Entry, is_token_request
from tests.pipeline.night import Night, nights
from tests.pipeline.quotas import least_seconds, put_off, share_windows

ROOT = Path(__file__).parents[1]
STAGES = (
    ("companies", "contacts", "projects", "tracking_options"),
    ("cost_codes", "items"),
    ("commitments", "change_orders"),
    ("invoices", "payments"),
    ("job_costs",),
)
XERO_BATCH, PROCORE_BATCH = 50, 1000
ONE_BY_ONE = frozenset({"tracking_options", "requisitions", "change_order_packages", "contract_payments"})
"""What its vendor takes in requests of its own only."""

_SCOPE = re.compile(r"(?:^|&)(project_id|standard_cost_code_list_id|page)=([^&]*)")
_NUMBER = re.compile(r"(?<=/)\d{3,}(?=/|$)")


def calls(entries: Iterable[Entry]) -> tuple[list[Entry], list[Entry]]:
    """The reads and the accepted writes among some requests; signing in is neither."""
    asked = [one for one in entries if not is_token_request(one.path)]
    reads = [one for one in asked if one.method == "GET"]
    return reads, [one for one in asked if one.method != "GET"]


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
    if entity in ONE_BY_ONE:
        return 1
    return XERO_BATCH if system == "xero" else PROCORE_BATCH


def _projects(places: Iterable[tuple[Any, ...]], entity: str) -> int:
    """For how many projects a kind of record was written; 1 where it is not written by project."""
    if entity in ONE_BY_ONE:
        return 1
    return len({(path, scope) for _, path, scope in places if path.endswith((f"/{entity}/sync", f"/{entity}"))}) or 1


def _place(entry: Entry) -> tuple[str | None, str, tuple[Any, ...]]:
    """A call without what narrows it: system, path, and which project, list and page."""
    found = sorted(_SCOPE.findall(entry.query))
    return entry.system, entry.path, tuple(one for one in found if one != ("page", "1"))


def told(label: str, night: Night, carried: Carried) -> None:
    """Prints the calls of a night, and how long it took."""
    entries = [one for stage in carried.stages for one in stage]
    reads, writes = calls(entries)
    few, least = fewest_reads(reads), fewest_writes(writes, night.stage.sandbox.world.ledger())
    by_stage = sum(fewest_reads(calls(stage)[0]) for stage in carried.stages)
    made = len(reads) + len(writes)
    print(
        f"{label:32} {len(reads):6} reads (at the least {few}, or {by_stage} where each stage reads for itself)"
        f" {len(writes):6} writes (at the least {least})"
        f"   {made / (few + least):.2f} and {made / (by_stage + least):.2f} times the fewest",
        flush=True,
    )
    shortest, refused = least_seconds(entries, 1.0), sum(one.status == 429 for one in reads + writes)
    print(f"{'':32} {carried.seconds:6.0f} s ({shortest:.0f} s at the least for these calls), {refused} refused")
    again = Counter(_NUMBER.sub("…", one.path) for one in reads) - Counter(
        _NUMBER.sub("…", one[1]) for one in map(_place, _distinct(reads))
    )
    for path, count in again.most_common(6):
        print(f"{'':34} {count:6} read again: {path}")


def _distinct(reads: Iterable[Entry]) -> Iterable[Entry]:
    return {_place(one): one for one in reads}.values()


@dataclass(frozen=True)
class Carried:
    """A night that was carried over: what each stage asked, and the seconds of all."""

    stages: list[list[Entry]]
    seconds: float


def carry(night: Night) -> Carried:
    """All stages under the real quotas; the vendors' ledger begins anew before."""
    log, clock = night.stage.sandbox.log, night.stage.around.clock
    night.stage.sandbox.world.forget_ledger()
    began, stages = clock(), []
    for flows in STAGES:
        log.clear()
        put_off(night, partial(night.run, *flows))
        stages.append(log.entries())
    return Carried(stages, (clock() - began).total_seconds())


def main(scales: list[int]) -> None:
    """A night of each size, and the unchanged one after it."""
    for scale in scales:
        with tempfile.TemporaryDirectory() as folder:
            for night in nights(f"sqlite:///{folder}/night.db", Path(folder)):
                integration = yaml.safe_load((ROOT / "include" / "integrations" / "demo_xero.yaml").read_text())
                night.settings, night.with_suites = integration | {"name": "demo_xero"}, True
                night.stage.sandbox.reset("demo", scale=scale)
                size = "the demo's night" if scale == 1 else f"a night {scale} times as large"
                share_windows(night)
                told(size, night, carry(night))
                night.later(days=1)
                told("  the unchanged night after it", night, carry(night))


if __name__ == "__main__":
    main([int(scale) for scale in sys.argv[1:]] or [1, 10])
