"""Procore as one of the sandbox's vendors."""

from __future__ import annotations

from dataclasses import replace

from sandbox.http import Request, Response, json_response
from sandbox.procore import auth, errors, seeding
from sandbox.procore.errors import RefusedError
from sandbox.procore.quota import ProcoreQuota
from sandbox.procore.routes import router
from sandbox.procore.state import SYSTEM, State
from sandbox.vendor import Quota
from sandbox.world import Record, World


class ProcoreSandbox:
    """One Procore company ("Ironwood Builders") with one connected app."""

    name = SYSTEM

    def __init__(self, world: World) -> None:
        self.state = State(world)
        self.quota: Quota = ProcoreQuota(world.clock)
        self._router = router(self.state)

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
        found = self._router.find(request)
        if found is None:
            return json_response({"message": "Not Found"}, 404)
        handler, params = found
        try:
            return handler(replace(request, path_params=params))
        except RefusedError as error:
            return error.response(request.path)

    def seed(self, entity: str, record: Record) -> Record:
        """Puts or changes a record as a person in Procore would. Raises `ValueError`."""
        return seeding.seed(self.state, entity, record)

    def remove(self, entity: str, key: str) -> None:
        """Deletes a record as a person in Procore would. Raises `ValueError`."""
        seeding.remove(self.state, entity, key)
