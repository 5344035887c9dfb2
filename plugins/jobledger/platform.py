"""What the rest of the package needs of Airflow: configuration, connections, object storage, encryption."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import lru_cache
from html import escape
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import sqlalchemy as sa
from airflow.sdk import CronTriggerTimetable
from airflow.sdk.configuration import conf
from airflow.sdk.exceptions import AirflowNotFoundException, AirflowTimetableInvalid

from jobledger.errors import FixTheSetup
from jobledger.integration import BrokenIntegration, Integration, load_integration, load_integrations
from jobledger.settings import Notices, Stage

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from jobledger.systems.base import System
    from jobledger.systems.consent import Consent
    from jobledger.systems.surroundings import Surroundings

SECTION = "jobledger"
CHECKS = "checks"
"""What the DAG of the checks is called in the place of a stage."""

MOST_KEY = 100
KEY_RULE = f"a file's name has at most {MOST_KEY} letters, digits, dots, dashes and underscores."


def include_folder() -> Path:
    """The folder with integrations, mappings and expectations."""
    stated = conf.get(SECTION, "include", fallback="")
    return Path(stated) if stated else Path(conf.get("core", "dags_folder")).parent / "include"


def integrations() -> list[Integration | BrokenIntegration]:
    """Every integration file, the broken ones with their error."""
    return [_taken_by_airflow(one) for one in load_integrations(include_folder() / "integrations")]


def _taken_by_airflow(one: Integration | BrokenIntegration) -> Integration | BrokenIntegration:
    """What Airflow would refuse together with the DAGs of all other integrations is an error of this file alone."""
    if isinstance(one, BrokenIntegration):
        return one
    if one.name != as_key(one.name):
        return BrokenIntegration(one.name, f"{one.name}.yaml: {KEY_RULE} Rename the file, e.g. {as_key(one.name)}.yaml")
    try:
        timetable = clock_schedule(one)
        if timetable:
            timetable.validate()
    except AirflowTimetableInvalid as error:
        found = f"{one.name}.yaml: schedules.nightly: {one.schedules.nightly!r} is no cron expression ({error})."
        return BrokenIntegration(one.name, f"{found} Write e.g. '0 2 * * *', or null for no schedule.")
    return one


def as_key(name: str) -> str:
    """A name in the form that ids of DAGs, assets and tags have; most names have it already."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", name)[:MOST_KEY]


def stages_in_order(paired: Integration) -> list[str]:
    """The stages of an integration, those with the parents first, in whatever order the file names them (PRC-API-2)."""
    return [stage for stage in get_args(Stage) if stage in paired.stages]


def dag_id(paired: Integration, stage: str) -> str:
    """`acme_xero.vendors_and_projects`."""
    return f"{paired.name}.{stage}"


def dag_ids(paired: Integration) -> list[str]:
    """The DAGs of an integration, one for each stage, in order."""
    return [dag_id(paired, stage) for stage in stages_in_order(paired)]


def checks_dag_id(paired: Integration) -> str:
    """The DAG that checks both connections, `acme_xero.checks`."""
    return dag_id(paired, CHECKS)


def all_dag_ids(paired: Integration) -> list[str]:
    """All DAGs that an integration may have: its stages', its checks', its notices'."""
    return [*dag_ids(paired), checks_dag_id(paired), notices_dag_id(paired)]


def set_paused(dag_ids: Sequence[str], paused: bool) -> list[str]:
    """Pauses DAGs, or lets them go on; those of them that Airflow has. For pages and commands, not for tasks."""
    from airflow.models.dag import DagModel
    from airflow.utils.session import create_session

    if not dag_ids:
        return []
    mine = DagModel.dag_id.in_(dag_ids)
    with create_session() as session:
        known = set(session.scalars(sa.select(DagModel.dag_id).where(mine)))
        session.execute(sa.update(DagModel).where(mine).values(is_paused=paused))
    return [one for one in dag_ids if one in known]


def clock_schedule(paired: Integration) -> CronTriggerTimetable | None:
    """When the first stage runs, in the integration's time zone (XER-81); None: only when somebody starts it."""
    schedules = paired.schedules
    if not schedules.nightly:
        return None
    # with False, Airflow still makes up for a time that passed less than a tenth of a period ago
    return CronTriggerTimetable(schedules.nightly, timezone=schedules.timezone, run_immediately=timedelta(0))


def integration_file(name: str) -> Path:
    """The file of an integration."""
    return include_folder() / "integrations" / f"{name}.yaml"


def integration(name: str) -> Integration:
    """One integration by the name of its file. Raises `FixTheSetup` where there is none or it is wrong."""
    file = integration_file(name)
    if not file.is_file():
        known = ", ".join(sorted(one.stem for one in file.parent.glob("*.yaml"))) or "none yet"
        raise FixTheSetup(str(file.parent), f"has no integration '{name}'.", f"There are: {known}.")
    load_integration(file)
    found = next(one for one in integrations() if one.name == name)
    if isinstance(found, BrokenIntegration):
        raise FixTheSetup(str(file), found.error, "Mend the file.")
    return found


def database_url() -> str:
    """The metadata database. Tasks cannot see Airflow's own setting, so they need `[jobledger] database_url`."""
    stated: str = conf.get(SECTION, "database_url", fallback="")
    url = stated or conf.get("database", "sql_alchemy_conn", fallback="")
    if not url or url.startswith("airflow-db-not-allowed"):
        raise FixTheSetup(
            "[jobledger] database_url",
            "is not set, and Airflow keeps its own database from tasks.",
            "Set AIRFLOW__JOBLEDGER__DATABASE_URL to the metadata database on every worker.",
        )
    return str(url)


@lru_cache
def engine() -> Engine:
    """An engine on the metadata database, one per process."""
    from jobledger.store.engine import make_engine

    return make_engine(database_url())


def staging_root() -> Path:
    """Where steps leave files for each other: a folder, or a bucket such as `s3://bucket/staging`."""
    from airflow.sdk import ObjectStoragePath

    stated = conf.get(SECTION, "staging", fallback="")
    if not stated:
        raise FixTheSetup(
            "[jobledger] staging", "is not set.", "Set AIRFLOW__JOBLEDGER__STAGING, e.g. file:///var/lib/jobledger."
        )
    return ObjectStoragePath(stated)  # type: ignore[return-value]


def systems(paired: Integration, backfill: bool = False) -> dict[str, System]:
    """The connectors of an integration, by system name; rate windows and tokens are shared with all workers.

    Those of a `backfill` leave a reserve of each vendor's allowance to all other runs. Raises `FixTheSetup`.
    """
    from jobledger.systems.registry import connect

    around = surroundings(backfill)
    with _is_there(paired.procore.connection):
        procore = connect(paired, "procore", around)
    with _is_there(paired.accounting.connection):
        books = connect(paired, "accounting", around)
    return {"procore": procore, paired.accounting.system: books}


@contextmanager
def _is_there(connection: str) -> Iterator[None]:
    """Says in plain words that Airflow has no connection of this name, where a look-up in the block finds none."""
    try:
        yield
    except AirflowNotFoundException:
        remedy = "Make it in the UI (Admin, Connections) or as AIRFLOW_CONN_<NAME>, with the app's credentials."
        raise FixTheSetup(f"Airflow connection '{connection}'", "is not there.", remedy) from None


def surroundings(backfill: bool = False) -> Surroundings:
    """What connectors share with all workers: rate windows, tokens of a consent, and metrics."""
    from airflow.sdk.crypto import get_fernet

    from jobledger.pipeline.shared import SharedTokens, SharedWindows
    from jobledger.systems.surroundings import Surroundings

    return Surroundings(
        windows=lambda system, tenant: SharedWindows(engine(), system, tenant),
        tokens=lambda connection: SharedTokens(engine(), connection, get_fernet()),
        observe=_measured,
        backfill=backfill,
    )


def consent(connection: str) -> Consent:
    """How an Airflow connection is connected by consent. Raises `FixTheSetup` for one that is not, or not there."""
    from jobledger.systems.registry import BY_CONSENT

    kind, made = hook(connection)
    if kind not in BY_CONSENT:
        found, remedy = f"is of the type '{kind}', which needs no consent.", f"Name one of {', '.join(BY_CONSENT)}."
        raise FixTheSetup(f"Airflow connection '{connection}'", found, remedy)
    asked: Consent = made.consent()
    return asked


def hook(connection: str) -> tuple[str, Any]:
    """The type of an Airflow connection, and its hook. Raises `FixTheSetup` where it is none of ours, or not there."""
    from airflow.sdk import BaseHook

    from jobledger.systems.registry import HOOKS, hook_of

    with _is_there(connection):
        kind = str(BaseHook.get_connection(connection).conn_type)
    if kind not in HOOKS:
        found, remedy = f"is of the type '{kind}'.", f"Name one of {', '.join(HOOKS)}."
        raise FixTheSetup(f"Airflow connection '{connection}'", found, remedy)
    return kind, hook_of(kind)(connection, surroundings())


def author(paired: Integration, entity: str, record_id: str, project: str) -> str | None:
    """The mail address of whoever made a record in Procore; None where it names none. Raises as `NamesAuthors` does."""
    from jobledger.systems.base import NamesAuthors

    procore = systems(paired)["procore"]
    return procore.author(entity, record_id, project) if isinstance(procore, NamesAuthors) else None


def disconnect(connection: str) -> str:
    """Takes back what an Airflow connection may do at its vendor, where that can be done; what came of it, in words.

    Raises `FixTheSetup`, `RetryLater`.
    """
    kind, made = hook(connection)
    if hasattr(made, "disconnect"):
        return str(made.disconnect())
    return f"Connections of the type {kind} sign in by themselves: there is nothing that could be revoked here."


def notices_dag_id(paired: Integration) -> str:
    """The DAG that tells people what waits and what was rejected; it is there where a notifier is named."""
    return f"{paired.name}.notices"


def notify(notices: Notices, to: Sequence[str], subject: str, text: str, context: Any) -> None:
    """Tells somebody something, by the notifier that an integration names. Raises `FixTheSetup`, and what that raises.

    The notifier's templates are not rendered: a record's name may look like one.
    """
    module, _, name = str(notices.notifier).rpartition(".")
    filled = {"to": ", ".join(to), "subject": subject, "text": text, "html": escape(text)}
    try:
        options = {option: value.format(**filled) for option, value in notices.options.items()}
        notifier = getattr(import_module(module), name)(**options)
    except (ImportError, AttributeError, TypeError, ValueError, LookupError) as error:
        remedy = "Correct `notices.notifier` and `notices.options` in the integration's file."
        raise FixTheSetup(
            "notices", f"{notices.notifier} cannot be made with these options ({error}).", remedy
        ) from None
    notifier.notify(context)


def approvers() -> frozenset[str]:
    """The users who may accept and reject, where Airflow manages its users by the simple auth manager."""
    stated = conf.get(SECTION, "approvers", fallback="")
    return frozenset(filter(None, (name.strip() for name in stated.split(","))))


def grant(role: str, resource: str) -> None:
    """Gives a role the permission to edit a resource, under Airflow's FAB auth manager. Raises `FixTheSetup`."""
    manager = conf.get("core", "auth_manager")
    if not manager.endswith(".FabAuthManager"):
        remedy = "Name the approvers in AIRFLOW__JOBLEDGER__APPROVERS=ann,bob."
        raise FixTheSetup("[core] auth_manager", f"is {manager}, which has no roles of one's own.", remedy)
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder

    with get_application_builder() as builder:
        found = builder.sm.find_role(role)
        if found is None:
            raise FixTheSetup("Airflow", f"has no role '{role}'.", "Make it: `airflow roles create`.")
        builder.sm.add_permission_to_role(found, builder.sm.create_permission("can_edit", resource))


def count_outcomes(integration_name: str, flows: dict[str, dict[str, int]]) -> None:
    """Counts the outcomes of a run in Airflow's metrics: `jobledger.records`, by integration, flow and outcome."""
    from airflow.sdk.observability import stats

    for flow, counts in flows.items():
        for outcome, count in counts.items():
            stats.incr(
                "jobledger.records", count, tags={"integration": integration_name, "flow": flow, "outcome": outcome}
            )


def _measured(system: str, method: str, path: str, status: int | None, seconds: float) -> None:
    """Counts a request in Airflow's metrics: `jobledger.requests`, by system, method and status."""
    from airflow.sdk.observability import stats

    tags = {"system": system, "method": method, "status": str(status or "none")}
    stats.incr("jobledger.requests", tags=tags)
    stats.timing("jobledger.request_seconds", seconds * 1000, tags=tags)
