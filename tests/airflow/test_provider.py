"""What Airflow learns of the package when it is installed: provider, plugin, commands, settings, and the scheduler."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import airflow as airflow_package
import jsonschema
import pytest
from airflow.cli.cli_config import ActionCommand, GroupCommand
from airflow.configuration import conf
from airflow.jobs.job import Job
from airflow.listeners.listener import get_listener_manager
from airflow.models.pool import Pool
from airflow.providers_manager import ProvidersManager
from airflow.sdk.execution_time.task_runner import TaskRunnerMarker
from airflow.utils.session import create_session

from jobledger.cli import get_commands
from jobledger.listener import POOL, PRELOADED
from jobledger.provider import get_provider_info
from tests.airflow.shell import Ended, airflow


def commands_of(group: GroupCommand, before: str = "") -> Iterator[tuple[str, ActionCommand]]:
    """Every command of a group, with what one types for it."""
    typed = f"{before}{group.name} "
    for one in group.subcommands:
        if isinstance(one, GroupCommand):
            yield from commands_of(one, typed)
        else:
            yield typed + one.name, one


COMMANDS = dict(commands_of(get_commands()[0]))
SHELL = (
    "providers get jobledger --full -o json",
    "plugins -o json",
    "config lint",
    "config get-value jobledger pool_slots",
    "jobledger --help",
    *(f"{typed} --help" for typed in COMMANDS),
)


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ended]:
    return airflow(tmp_path_factory.mktemp("shell"), *SHELL)


def test_airflow_knows_the_provider(shell: dict[str, Ended]) -> None:
    [known] = json.loads(shell["providers get jobledger --full -o json"].text)
    assert (known["package-name"], known["name"]) == ("jobledger", "Jobledger")
    assert known["db-managers"] == ["jobledger.store.manager.JobledgerDBManager"]


def test_the_description_is_as_airflow_asks_for_it() -> None:
    schema = json.loads((Path(airflow_package.__file__).parent / "provider_info.schema.json").read_text())
    jsonschema.validate(get_provider_info(), schema)


def test_airflow_loads_the_plugin_by_its_entry_point(shell: dict[str, Ended]) -> None:
    [plugin] = [one for one in json.loads(shell["plugins -o json"].text) if one["name"] == "jobledger"]
    assert plugin["listeners"] == ["jobledger.listener"]
    assert "EntryPoint" in plugin["source"]


def test_the_demos_settings_are_all_known_to_this_airflow(shell: dict[str, Ended]) -> None:
    assert shell["config lint"].code == 0
    assert "No issues found" in shell["config lint"].text


def test_the_settings_have_defaults_and_can_be_set_by_environment(
    shell: dict[str, Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shell["config get-value jobledger pool_slots"].text.strip() == "4"
    monkeypatch.setenv("AIRFLOW__JOBLEDGER__POOL_SLOTS", "9")
    assert conf.getint("jobledger", "pool_slots") == 9


def test_the_database_setting_is_kept_from_those_who_only_look(airflow_db: str) -> None:
    shown = conf.as_dict(display_sensitive=False)["jobledger"]
    assert shown["database_url"] == "< hidden >"


@pytest.mark.parametrize("typed", COMMANDS)
def test_every_command_explains_itself_and_can_be_carried_out(shell: dict[str, Ended], typed: str) -> None:
    command = COMMANDS[typed]
    told = shell[f"{typed} --help"]
    assert told.code == 0
    assert command.help.split()[0] in told.text
    module, _, function = inspect.getclosurevars(command.func).nonlocals["import_path"].rpartition(".")
    assert callable(getattr(import_module(module), function))


def test_the_group_lists_its_commands(shell: dict[str, Ended]) -> None:
    assert shell["jobledger --help"].code == 0
    for typed in COMMANDS:
        assert typed.split()[1] in shell["jobledger --help"].text


def test_both_connection_types_are_offered() -> None:
    for system, name in [("procore", "Procore"), ("xero", "Xero")]:
        hook = ProvidersManager().hooks[system]
        assert hook is not None
        assert (hook.hook_name, hook.package_name) == (name, "jobledger")
        assert hook.connection_id_attribute_name == f"{system}_conn_id"


@pytest.fixture
def no_pool(airflow_db: str) -> Iterator[None]:
    _drop_pool()
    yield
    _drop_pool()


def _drop_pool() -> None:
    with create_session() as session:
        if Pool.get_pool(POOL, session=session):
            Pool.delete_pool(POOL, session=session)


def starts(component: str, monkeypatch: pytest.MonkeyPatch, what: object = None) -> int | None:
    """An Airflow component starts; the slots of the pool after that."""
    monkeypatch.setattr(sys, "argv", ["airflow", component])
    get_listener_manager().hook.on_starting(component=what or Job())
    with create_session() as session:
        pool = Pool.get_pool(POOL, session=session)
        return pool and pool.slots


def test_the_scheduler_makes_the_missing_pool_and_imports_what_tasks_need(
    no_pool: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert starts("api-server", monkeypatch) is None
    assert starts("dag-processor", monkeypatch) is None
    monkeypatch.setenv("AIRFLOW__JOBLEDGER__POOL_SLOTS", "6")
    assert starts("scheduler", monkeypatch) == 6
    assert set(PRELOADED) <= set(sys.modules)
    assert {"jobledger.systems.procore.hook", "jobledger.systems.xero.hook"} <= set(PRELOADED)


def test_a_task_that_starts_as_a_fork_of_the_scheduler_leaves_airflows_database_alone(
    no_pool: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert starts("scheduler", monkeypatch, what=TaskRunnerMarker()) is None


def test_the_pools_size_is_the_operators_once_it_is_there(no_pool: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with create_session() as session:
        Pool.create_or_update_pool(POOL, 2, "ours", False, session=session)
    assert starts("scheduler", monkeypatch) == 2


def test_nothing_is_left_for_airflow_to_scan_in_the_plugins_folder() -> None:
    plugins = Path(conf.get("core", "plugins_folder"))
    assert (plugins / ".airflowignore").read_text().split() == ["jobledger/"]
    assert {one.name for one in plugins.iterdir() if not one.name.startswith((".", "__"))} == {"jobledger"}
