"""`airflow jobledger doctor`: what is well, what is not and what to do; at the end the go-live checklist (ACC-8)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from jobledger import platform
from jobledger.actions import checks
from jobledger.actions.checks import guarded
from jobledger.commands.screen import plain_errors, say
from jobledger.errors import Finding
from jobledger.integration import BrokenIntegration, Integration
from jobledger.reports.doors import second_doors
from jobledger.reports.golive import checklist
from jobledger.steps import carried, flows_of
from jobledger.store.engine import reading


@plain_errors
def doctor(args: Any) -> None:
    """Checks files, database, staging and both connections of one or all integrations; code 1 when one is not well."""
    wanted = [one for one in platform.integrations() if args.integration in (None, one.name)]
    if args.integration and not wanted:
        platform.integration(args.integration)
    well = [_tell(one) for one in wanted]
    sys.exit(0 if all(well) else 1)


def _tell(one: Integration | BrokenIntegration) -> bool:
    say(f"\n{one.name}")
    if isinstance(one, BrokenIntegration):
        return _line(Finding("integration file", False, one.error))
    well = [_line(finding) for finding in _findings(one)]
    say(f"\nGo-live checklist of {one.name} (live: {str(one.live).lower()})")
    return all([*well, *(_line(finding) for finding in guarded("checklist", lambda: _checklist(one)))])


def _checklist(paired: Integration) -> list[Finding]:
    with reading(platform.engine()) as connection:
        found = checklist(connection, paired, carried(paired, flows_of(paired)))
        return [*found, *second_doors(paired, platform.integrations())]


def _findings(paired: Integration) -> Iterator[Finding]:
    yield Finding("integration file", True, f"pair {paired.pair}")
    yield from guarded("database", lambda: [_database()])
    yield from guarded("staging", lambda: [_staging()])
    yield from guarded("mapping files", lambda: [_mappings(paired)])
    yield from checks.check(paired)


def _database() -> Finding:
    import sqlalchemy as sa

    from jobledger.store.tables import metadata

    missing = set(metadata.tables) - set(sa.inspect(platform.engine()).get_table_names())
    if missing:
        return Finding("database", False, f"{len(missing)} tables are missing.", "Run `airflow db migrate`.")
    return Finding("database", True, platform.engine().url.render_as_string(hide_password=True))


def _staging() -> Finding:
    root = platform.staging_root()
    probe = root / "probe"
    probe.parent.mkdir(parents=True, exist_ok=True)
    probe.write_text("ok")
    probe.unlink()
    return Finding("staging", True, f"{root} can be written")


def _mappings(paired: Integration) -> Finding:
    from jobledger.steps import check_mapping, suite_of

    flows, systems = carried(paired, flows_of(paired)), platform.systems(paired)
    for flow in flows:
        check_mapping(paired, flow, systems)
        suite_of(flow)
    return Finding("mapping files", True, f"{len(flows)} flows: {', '.join(sorted(flow.name for flow in flows))}")


def _line(finding: Finding) -> bool:
    sign = "ok " if finding.ok else ("NO " if finding.required else "?  ")
    say(f"  {sign} {finding.topic}: {finding.message}{'' if finding.ok else ' ' + finding.remedy}".rstrip())
    return finding.ok or not finding.required
