"""The datasets a sandbox starts with: `empty`, `demo`, `adopt`. The same arguments give the same records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.datasets import adopt, demo, seed_pex, seed_procore, seed_quickbooks_online, seed_xero
from sandbox.datasets.scenario import KINDS, Pair, Scenario
from sandbox.vendor import Vendor
from sandbox.world import World

SCENARIOS: dict[str, Callable[[int, int], Scenario] | None] = {
    "empty": None,
    "demo": demo.scenario,
    "adopt": adopt.scenario,
}


def load(world: World, vendors: Mapping[str, Vendor], dataset: str, scale: int = 1, seed: int = 7) -> None:
    """Forgets all records, installs every vendor and fills those that have a part in the story.

    `scale` multiplies companies, projects and documents. Raises `ValueError` for a dataset that does not exist, a scale
    below 1, or a record that a vendor refuses.
    """
    scenario = _scenario(dataset, scale, seed)
    world.reset(seed)
    for vendor in vendors.values():
        vendor.install()
    if scenario is None:
        return
    ids: Mapping[tuple[str, Any], Any] = {}
    if "procore" in vendors:
        ids = seed_procore.seed(world, vendors["procore"].seed, scenario.contractor).ids
        if scenario.cards:
            vendors["procore"].seed("vendors", seed_pex.COMPANY)
    if "xero" in vendors:
        seed_xero.seed(vendors["xero"].seed, scenario.books)
    if "quickbooks_online" in vendors:
        installed = [*world.tables.all("quickbooks_online.accounts"), *world.tables.all("quickbooks_online.terms")]
        seed_quickbooks_online.seed(vendors["quickbooks_online"].seed, installed, scenario.books, scenario.contractor)
    if "pex" in vendors and scenario.cards:
        seed_pex.seed(vendors["pex"].seed, ids, scenario.cards, world.clock.now())
    elif "pex" in vendors:
        seed_pex.tags(vendors["pex"].seed)


def truth(dataset: str, scale: int = 1, seed: int = 7) -> dict[str, list[Pair]]:
    """Which records are the same on both sides, as pairs (name in Procore, name in the books), by kind.

    Kinds are `companies`, `projects`, `cost_codes`, `commitments` and `invoices`; under `<kind>_doubtful` stand pairs
    whose evidence disagrees, which a person has to decide. Names are: a company's, a project's, a budget code such as
    `03-300.S`, a commitment's number, and `<commitment number> #<n>` against `<contact> <reference>`.
    """
    scenario = _scenario(dataset, scale, seed)
    found = scenario.truth if scenario else {}
    return {name: found.get(name, []) for kind in KINDS for name in (kind, f"{kind}_doubtful")}


def _scenario(dataset: str, scale: int, seed: int) -> Scenario | None:
    if dataset not in SCENARIOS:
        raise ValueError(f"There is no dataset {dataset!r}. Allowed: {', '.join(SCENARIOS)}")
    if scale < 1:
        raise ValueError(f"scale is {scale}, and must be at least 1")
    build = SCENARIOS[dataset]
    return build(int(scale), seed) if build else None
