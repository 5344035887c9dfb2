"""Procore as one of the sandbox's vendors."""

from __future__ import annotations

from dataclasses import replace

from sandbox.http import Request, Response, Router, json_response
from sandbox.procore import auth, errors, seeding
from sandbox.procore.errors import RefusedError
from sandbox.procore.quota import ProcoreQuota
from sandbox.procore.routes import router
from sandbox.procore.state import SYSTEM, State
from sandbox.vendor import Quota
from sandbox.world import Record, World


class ProcoreSandbox:
    """The Procore company "Ironwood Builders" with one connected app, and other companies that have the app too."""

    name = SYSTEM

    def __init__(self, world: World) -> None:
        self.world = world
        self.state = State(world)
        self.quota: Quota = ProcoreQuota(world.clock)
        self._router = router(self.state)
        self._others: dict[str, tuple[State, Router]] = {}

    def install(self) -> None:
        """Puts what a new company starts with, as far as it is not there: its lists, and the service account."""
        seeding.install(self.state)

    def owns(self, path: str) -> bool:
        """Whether a path is Procore's."""
        return path.startswith(("/rest/", "/oauth/token", "/oauth/authorize", "/oauth/revoke"))

    def answer(self, request: Request) -> Response:
        """Answers a request: sign-in, permissions, rules."""
        if request.path.startswith("/oauth/"):
            return auth.answer(self.state, request)
        if auth.token_of(self.state, request) is None:
            return errors.unauthorized().response(request.path)
        _, routes = self._company(request.headers.get("procore-company-id"))
        found = routes.find(request)
        if found is None:
            return json_response({"message": "Not Found"}, 404)
        handler, params = found
        try:
            return handler(replace(request, path_params=params))
        except RefusedError as error:
            return error.response(request.path)

    def seed(self, entity: str, record: Record) -> Record:
        """Puts or changes a record as a person in Procore would, in the company of its `company_id`, or the first one.

        Raises `ValueError`.
        """
        state, _ = self._company(record.get("company_id"))
        kept = seeding.seed(state, entity, {name: record[name] for name in record if name != "company_id"})
        if entity == "companies":
            seeding.install(self._company(kept["id"])[0])
        return kept

    def remove(self, entity: str, key: str) -> None:
        """Deletes a record of the first company as a person in Procore would. Raises `ValueError`."""
        seeding.remove(self.state, entity, key)

    def _company(self, company_id: object) -> tuple[State, Router]:
        """State and routes of another company that has the app, or else of the first one, which then refuses."""
        key = str(company_id)
        other = self.state.get("companies", key)
        if other is None:
            return self.state, self._router
        if key not in self._others:
            state = State(self.world, other)
            self._others[key] = (state, router(state))
        return self._others[key]
