"""The production set-up holds together: the compose file, the image, the example of the secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).parent.parent
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
AIRFLOW_SERVICES = {name: service for name, service in SERVICES.items() if service["image"].startswith("jobledger")}

TEXT = {"type": "string"}
TEXTS = {"type": "array", "items": TEXT, "minItems": 1}
DURATION = {"type": "string", "pattern": r"^\d+(s|m|h)$"}
SERVICE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["image", "restart"],
    "properties": {
        "image": TEXT,
        "build": TEXT,
        "init": {"type": "boolean"},
        "restart": {"enum": ["no", "always", "on-failure", "unless-stopped"]},
        "env_file": TEXT,
        "environment": {"type": "object", "additionalProperties": TEXT},
        "command": TEXTS,
        "volumes": TEXTS,
        "ports": TEXTS,
        "profiles": TEXTS,
        "stop_grace_period": DURATION,
        "depends_on": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "required": ["condition"],
                "properties": {"condition": {"enum": ["service_healthy", "service_completed_successfully"]}},
            },
        },
        "healthcheck": {
            "type": "object",
            "additionalProperties": False,
            "required": ["test", "interval", "retries"],
            "properties": {
                "test": {"type": "array", "prefixItems": [{"enum": ["CMD", "CMD-SHELL"]}], "minItems": 2},
                "interval": DURATION,
                "timeout": DURATION,
                "start_period": DURATION,
                "retries": {"type": "integer"},
            },
        },
    },
}
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "patternProperties": {"^x-": {}},
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]*$"},
        "services": {"type": "object", "additionalProperties": SERVICE},
        "volumes": {"type": "object", "additionalProperties": {"type": "null"}},
    },
}


def airflow_lines(service: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """Every command of a service, health check included, that starts with `airflow`, split into words."""
    words = service.get("command", [])
    yield from ([tuple(words)] if words[:1] == ["airflow"] else [])
    for script in [*words, *service.get("healthcheck", {}).get("test", [])]:
        yield from (tuple(line.split()) for line in script.splitlines() if line.startswith("airflow "))


def test_it_uses_the_keys_of_the_compose_specification() -> None:
    jsonschema.validate(COMPOSE, SCHEMA)


def test_every_service_that_stays_up_shows_its_health() -> None:
    assert [name for name, service in SERVICES.items() if "healthcheck" not in service] == ["migrate"]


def test_services_wait_only_for_what_can_become_so() -> None:
    for service in SERVICES.values():
        for needed, wish in service.get("depends_on", {}).items():
            if wish["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[needed]
            else:
                assert SERVICES[needed]["restart"] == "no"


def test_every_mounted_volume_is_declared_and_every_mounted_folder_is_there() -> None:
    sources = {mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", [])}
    assert {source for source in sources if not source.startswith(".")} == set(COMPOSE["volumes"])
    assert all((ROOT / source).is_dir() for source in sources if source.startswith("."))


def test_only_this_machine_reaches_the_published_ports() -> None:
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_every_secret_is_asked_for_and_none_is_given() -> None:
    needed = {name for name, rest in variables() if rest.startswith(":?")}
    offered = dict(re.findall(r"^(\w+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert needed == {name for name, value in offered.items() if not value}


def test_every_variable_is_explained_in_the_example() -> None:
    explained = set(re.findall(r"^(?:# )?(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert {name for name, _ in variables()} <= explained


def test_every_setting_is_one_that_airflow_or_jobledger_has(airflow_settings: set[tuple[str, str]]) -> None:
    names = {name for service in AIRFLOW_SERVICES.values() for name in service["environment"]}
    settings = {tuple(name.lower().split("__")[1:]) for name in names if name.startswith("AIRFLOW__")}
    assert settings
    assert settings <= airflow_settings


@pytest.mark.parametrize("line", sorted({line for service in SERVICES.values() for line in airflow_lines(service)}))
def test_airflow_understands_the_command(line: tuple[str, ...]) -> None:
    from airflow.cli.cli_parser import get_parser

    get_parser().parse_args(list(line[1:]))  # exits when it does not


def test_the_image_copies_only_what_is_there_and_not_kept_out() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    copied = {name for line in re.findall(r"^COPY (.+) \S+$", dockerfile, re.MULTILINE) for name in line.split()}
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert copied == let_in
    assert all((ROOT / name).exists() for name in copied)


def test_the_image_does_not_run_as_root() -> None:
    users = re.findall(r"^USER (\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert users == ["airflow"]


@pytest.fixture(scope="module")
def airflow_settings() -> set[tuple[str, str]]:
    """Section and name of every setting, the providers' included."""
    from airflow.configuration import conf
    from airflow.providers_manager import ProvidersManager

    ProvidersManager().initialize_providers_configuration()
    return {(section, name) for section, found in conf.configuration_description.items() for name in found["options"]}


def variables() -> set[tuple[str, str]]:
    """Name and rest (`:?message`, `:-default` or nothing) of every `${…}` in the compose file."""
    return set(re.findall(r"\$\{(\w+)([^}]*)\}", (ROOT / "docker-compose.yaml").read_text()))
