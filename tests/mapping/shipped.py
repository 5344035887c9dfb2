"""The shipped mapping files by system and name, and what they may speak of: entities, and every setting."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jobledger.integration import Integration
from jobledger.mapping.flow import Flow, load_flows
from jobledger.settings import Accounting, Procore
from jobledger.systems.base import Entity
from jobledger.systems.pex import entities as pex
from jobledger.systems.procore import entities as procore
from jobledger.systems.quickbooks_online import entities as quickbooks_online
from jobledger.systems.xero import entities as xero

INCLUDE = Path(__file__).parents[2] / "include"
SYSTEMS: tuple[str, ...] = tuple(folder.name for folder in sorted(INCLUDE.glob("mappings/*")))
FLOWS: Mapping[tuple[str, str], Flow] = {
    (system, name): flow for system in SYSTEMS for name, flow in load_flows(INCLUDE / "mappings" / system).items()
}
ENTITIES: Mapping[str, Mapping[str, Entity]] = {
    "pex": pex.ENTITIES,
    "procore": procore.ENTITIES,
    "quickbooks_online": quickbooks_online.ENTITIES,
    "xero": xero.ENTITIES,
}


def settings_of(system: str) -> dict[str, Any]:
    """The settings of an integration with a system, as they are where nothing is stated; within Procore, with any."""
    books = "xero" if system == "procore" else system
    accounting = Accounting.model_validate({"system": books, "connection": "x", "tenant_id": "t"})
    return Integration(procore=Procore(connection="p", company_id=1), accounting=accounting).settings()


def entity_of(name: str) -> Entity:
    """The entity that a mapping file names, such as `xero.contacts`."""
    system, _, entity = name.partition(".")
    return ENTITIES[system][entity]


def shown(key: tuple[str, str]) -> str:
    """How a flow is called in the name of a test's case."""
    return "/".join(key)
