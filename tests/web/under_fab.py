"""What users of each role may do under Airflow's FAB auth manager; for a process of its own.

python -m tests.web.under_fab    prints, by role, the status of a page and of three forms, as JSON
"""

from __future__ import annotations

import json
import sys
from typing import Any

from airflow.api_fastapi.app import get_auth_manager, init_auth_manager
from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder
from airflow.utils import db
from fastapi import FastAPI
from fastapi.testclient import TestClient

from jobledger import platform
from jobledger.actions.approvals import APPROVALS
from jobledger.web.access import form_token
from jobledger.web.app import PREFIX, make_app

ACCOUNTANT = "Accountant"
ROLES = ("Viewer", "User", "Op", "Admin", ACCOUNTANT)
FORMS: dict[str, tuple[str, dict[str, Any]]] = {
    "edit": ("/acme/links/companies/differ", {"pairs": ["1\tx"]}),
    "run": ("/acme/links/companies/refresh", {"tab": "procore"}),
    "approve": ("/acme/approvals/decide/rejected", {"flow": "companies", "chosen": ["1\tx"], "reason": "tried"}),
}


def users() -> dict[str, Any]:
    """A user of each role; an accountant may look, and accept."""
    with get_application_builder() as builder:
        roles = builder.sm
        accountant = roles.add_role(ACCOUNTANT)
        for permission in roles.find_role("Viewer").permissions:
            roles.add_permission_to_role(accountant, permission)
    platform.grant(ACCOUNTANT, APPROVALS)
    with get_application_builder() as builder:
        roles = builder.sm
        return {
            name: roles.add_user(name.lower(), name, name, f"{name}@acme.example", roles.find_role(name), "secret")
            for name in ROLES
        }


def statuses(client: TestClient, user: Any) -> dict[str, int]:
    """What comes of looking at a page, and of each form."""
    headers = {"Authorization": f"Bearer {get_auth_manager().generate_jwt(user)}"}
    found = {"read": client.get(f"{PREFIX}/acme/links/companies", headers=headers).status_code}
    for right, (path, form) in FORMS.items():
        data = {"token": form_token(user), **form}
        answer = client.post(PREFIX + path, headers=headers, data=data, follow_redirects=False)
        found[right] = answer.status_code
    return found


def main() -> None:
    """Makes the database, and prints."""
    db.initdb()
    app = FastAPI()
    known = users()
    init_auth_manager(app)
    app.mount(PREFIX, make_app())
    with TestClient(app) as client:
        anonymous = client.get(f"{PREFIX}/acme/links/companies").status_code
        found = {name: statuses(client, user) for name, user in known.items()}
    sys.stdout.write("\n" + json.dumps({**found, "nobody": {"read": anonymous}}))


if __name__ == "__main__":
    main()
