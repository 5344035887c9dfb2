"""The environment of a demo: every Airflow and Jobledger variable, for one folder that git ignores."""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from demo.ports import HOST, Ports

ROOT = Path(__file__).resolve().parent.parent
INCLUDE = ROOT / "include"
USER = "admin"


class UnknownSystem(Exception):
    """There is no demo with that system."""


@dataclass(frozen=True)
class Place:
    """The demo with one system: its folder and what lies where in it."""

    folder: Path = ROOT / ".demo" / "xero"
    dags: Path = ROOT / "dags"
    system: str = "xero"

    @property
    def integration(self) -> str:
        """The name of the demo's integration file."""
        return f"demo_{self.system}"

    @property
    def include(self) -> Path:
        """The include folder as this demo's Airflow sees it."""
        return self.folder / "include"

    @property
    def airflow(self) -> Path:
        """AIRFLOW_HOME."""
        return self.folder / "airflow"

    @property
    def database(self) -> str:
        """The metadata database; waiting for a lock beats failing."""
        return f"sqlite:///{self.folder / 'metadata.db'}?timeout=60"

    @property
    def ports(self) -> Path:
        """Where the ports of the running demo are written down."""
        return self.folder / "ports.json"


def place_of(arguments: Sequence[str]) -> Place:
    """The place of the demo that the command line names; without one Xero's. Raises UnknownSystem."""
    system = arguments[0] if arguments else Place.system
    systems = sorted(file.stem.removeprefix("demo_") for file in (INCLUDE / "integrations").glob("demo_*.yaml"))
    if system not in systems:
        raise UnknownSystem(f"There is no demo for SYSTEM={system}; there are {', '.join(systems)}.")
    return Place(ROOT / ".demo" / system, system=system)


def secrets_of(place: Place) -> dict[str, str]:
    """The demo's generated secrets, made once and kept in a file that only its owner can read."""
    file = place.folder / "secrets.json"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        _write_private(file, json.dumps(_new_secrets()))
    return dict(json.loads(file.read_text()))


def variables(place: Place, ports: Ports) -> dict[str, str]:
    """All variables that make a process part of this demo."""
    keys = secrets_of(place)
    _write_private(place.folder / "passwords.json", json.dumps({USER: keys["password"]}))
    return {
        "AIRFLOW_HOME": str(place.airflow),
        "PYTHONPATH": str(ROOT / "demo" / "airflow_settings"),
        "GX_ANALYTICS_ENABLED": "false",
        **_airflow(place, ports, keys),
        **_jobledger(place),
        "AIRFLOW_CONN_PROCORE_DEMO": _connection("procore", "procore", ports, "/oauth/token"),
        "AIRFLOW_CONN_XERO_DEMO": _connection("xero", "xero", ports, "/connect/token"),
        "AIRFLOW_CONN_QUICKBOOKS_DEMO": _connection(
            "quickbooks_online",
            "quickbooks",
            ports,
            "/oauth2/v1/tokens/bearer",
            refresh_token="quickbooks-demo-refresh",
            realm_id="9341453908112233",
        ),
        "AIRFLOW_CONN_PEX_DEMO": json.dumps(
            {"conn_type": "pex", "host": f"http://{HOST}:{ports.sandbox}", "password": "pex-demo-token"}
        ),
    }


def process_environment(ours: Mapping[str, str], outside: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The outside environment without another Airflow's variables, with ours, and no proxy before this machine."""
    kept = {
        name: value
        for name, value in outside.items()
        if not name.startswith("AIRFLOW") and name != "PYTHONDONTWRITEBYTECODE"
    }
    local = ",".join(filter(None, [outside.get("NO_PROXY"), HOST, "localhost"]))
    return {**kept, "NO_PROXY": local, "no_proxy": local, **ours}


def _airflow(place: Place, ports: Ports, keys: Mapping[str, str]) -> dict[str, str]:
    sections: dict[str, dict[str, object]] = {
        "CORE": {
            "DAGS_FOLDER": place.dags,
            "PLUGINS_FOLDER": ROOT / "plugins",
            "LOAD_EXAMPLES": False,
            "TEST_CONNECTION": "Enabled",
            "EXECUTOR": "LocalExecutor",
            "EXECUTION_API_SERVER_URL": f"http://{HOST}:{ports.task_api}/execution/",
            "PARALLELISM": 8,
            "MAX_ACTIVE_TASKS_PER_DAG": 4,
            "FERNET_KEY": keys["fernet"],
            "SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
            "SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": place.folder / "passwords.json",
        },
        "DATABASE": {"SQL_ALCHEMY_CONN": place.database},
        "API": {
            "HOST": HOST,
            "PORT": ports.airflow,
            "BASE_URL": f"http://{HOST}:{ports.airflow}",
            "SECRET_KEY": keys["api"],
            "WORKERS": 1,
        },
        "API_AUTH": {"JWT_SECRET": keys["jwt"]},
        # Airflow often notices the end of a task only at its next heartbeat, 5 s later unless told otherwise.
        "WORKERS": {"MIN_HEARTBEAT_INTERVAL": 1},
        "SCHEDULER": {"SCHEDULER_IDLE_SLEEP_TIME": 0.3, "TASK_INSTANCE_HEARTBEAT_TIMEOUT": 30},
        # Each reading of the DAG files is seconds of work; a changed integration file is seen within the half minute.
        "DAG_PROCESSOR": {"REFRESH_INTERVAL": 10, "MIN_FILE_PROCESS_INTERVAL": 30},
        "LOGGING": {"WORKER_LOG_SERVER_PORT": ports.task_logs, "TRIGGER_LOG_SERVER_PORT": ports.trigger_logs},
    }
    return {f"AIRFLOW__{name}__{key}": str(value) for name, keys in sections.items() for key, value in keys.items()}


def _jobledger(place: Place) -> dict[str, str]:
    return {
        "AIRFLOW__JOBLEDGER__DATABASE_URL": place.database,
        "AIRFLOW__JOBLEDGER__STAGING": (place.folder / "staging").as_uri(),
        "AIRFLOW__JOBLEDGER__INCLUDE": str(place.include),
        "AIRFLOW__JOBLEDGER__APPROVERS": USER,
    }


def _connection(system: str, client: str, ports: Ports, login: str, **extra: str) -> str:
    """An Airflow connection to the sandbox, in the form of AIRFLOW_CONN_… variables."""
    url = f"http://{HOST}:{ports.sandbox}"
    return json.dumps(
        {
            "conn_type": system,
            "host": url,
            "login": f"{client}-demo-client",
            "password": f"{client}-demo-secret",
            "extra": {"oauth_url": f"{url}{login}", **extra},
        }
    )


def _new_secrets() -> dict[str, str]:
    return {
        "fernet": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "api": secrets.token_urlsafe(48),
        "jwt": secrets.token_urlsafe(64),
        "password": secrets.token_urlsafe(9),
    }


def _write_private(file: Path, text: str) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
