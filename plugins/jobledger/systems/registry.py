"""Finds the connector of a system. Adding a system is one line here."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from jobledger.integration import Integration
    from jobledger.systems.base import System
    from jobledger.systems.surroundings import Surroundings

HOOKS = {
    "procore": "jobledger.systems.procore.hook.ProcoreHook",
    "xero": "jobledger.systems.xero.hook.XeroHook",
    "quickbooks_online": "jobledger.systems.quickbooks_online.hook.QuickBooksOnlineHook",
    "pex": "jobledger.systems.pex.hook.PexHook",
}
"""System name -> its hook, which knows the Airflow connection. Imported only when it is used."""


BY_CONSENT = ("quickbooks_online", "xero")
"""The systems whose hook has a `consent`: people connect an app to them in a browser."""


def hook_of(system: str) -> Any:
    """The hook's class. Airflow is imported with it."""
    module, _, name = HOOKS[system].rpartition(".")
    return getattr(import_module(module), name)


def connect(
    integration: Integration, which: Literal["procore", "accounting"], around: Surroundings | None = None
) -> System:
    """The connector for one side of an integration; nothing is sent yet. Raises `FixTheSetup`."""
    system = "procore" if which == "procore" else integration.accounting.system
    connected: System = hook_of(system).for_integration(integration, around)
    return connected
