"""Checks: both vendors are asked about sign-in, permissions and set-up, and what they say is kept (PEX-3, PEX-9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy.exc import DBAPIError

from jobledger import platform
from jobledger.errors import Finding, JobledgerError
from jobledger.integration import Integration
from jobledger.reports.doors import second_doors
from jobledger.store import checks
from jobledger.store.engine import writing
from jobledger.store.links import Side


def unmet(integration: str) -> list[Finding]:
    """Checks an integration, by name; the required findings that are not met, second doors too (ACC-25).

    Raises `FixTheSetup` for a wrong file.
    """
    paired = platform.integration(integration)
    found = [*check(paired), *second_doors(paired, platform.integrations())]
    return [one for one in found if one.required and not one.ok]


def check(paired: Integration) -> list[Finding]:
    """What both sides say of their connections now, kept for the pages.

    A side that cannot be asked, and findings that cannot be kept, are findings too.
    """
    systems: dict[Side, str] = {"procore": "procore", "accounting": paired.accounting.system}
    found = {side: guarded(name, lambda name=name: _asked(paired, name)) for side, name in systems.items()}  # type: ignore[misc]
    kept = guarded("kept checks", lambda: _keep(paired, found))
    return [*found["procore"], *found["accounting"], *kept]


def guarded(topic: str, check: Callable[[], list[Finding]]) -> list[Finding]:
    """The findings of a check; an error of ours, of a file or of the database is a finding about the topic."""
    try:
        return check()
    except DBAPIError as error:
        return [Finding(topic, False, f"the database answers: {error.orig}.", "Run `airflow db migrate`.")]
    except (JobledgerError, OSError) as error:
        return [Finding(topic, False, str(error))]


def _asked(paired: Integration, system: str) -> list[Finding]:
    return platform.systems(paired)[system].check()


def _keep(paired: Integration, found: Mapping[Side, Sequence[Finding]]) -> list[Finding]:
    now = datetime.now(UTC)
    with writing(platform.engine()) as connection:
        for side, findings in found.items():
            checks.keep(connection, paired.pair, side, findings, now)
    return []
