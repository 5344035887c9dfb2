"""Procore's refusals, each with the status and the body that the real API answers with.

The bodies differ by kind, as the real ones do: a list under `errors`, a field table under `errors`, `error`, `message`,
and the common error object of version 2.
"""

from __future__ import annotations

from typing import Any

from sandbox.http import Response, json_response

Errors = dict[str, list[str]]

MISSING_COMPANY = (
    "Missing Procore-Company-Id header!\n\nEach call your application makes to the Procore API must contain a request "
    "header that includes the Procore-Company-Id field. \nThis request header field specifies the id of the company "
    "into which you are making the call."
)
NOT_CONNECTED = "App is not connected to this company."
RATE_LIMITED = "You have surpassed the max number of requests for an hour. Please wait until your limit resets."
_V2_CODES = {400: "BAD_REQUEST", 403: "FORBIDDEN", 404: "NOT_FOUND", 409: "CONFLICT", 422: "UNPROCESSABLE_ENTITY"}


class RefusedError(Exception):
    """A request that Procore refuses."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(words(body))
        self.status = status
        self.body = body

    def response(self, path: str) -> Response:
        """The answer: `path` decides between the shapes of version 1 and version 2."""
        if path.startswith("/rest/v2"):
            return json_response(_version_2(self.status, self.body), self.status)
        return json_response(self.body, self.status)


class InvalidError(RefusedError):
    """A record that Procore refuses, with messages per field (422)."""

    def __init__(self, errors: Errors) -> None:
        super().__init__(422, {"errors": errors})
        self.errors = errors


def bad_request(message: str) -> RefusedError:
    """Malformed, or a parameter is missing (400)."""
    return RefusedError(400, {"errors": message})


def unauthorized() -> RefusedError:
    """No token, a wrong one, an expired one (401)."""
    return RefusedError(401, {"error": "The access token is invalid"})


def forbidden(message: str) -> RefusedError:
    """Not permitted (403)."""
    return RefusedError(403, {"errors": [message]})


def not_found() -> RefusedError:
    """Not there, or not visible to the caller (404): Procore does not tell which."""
    return RefusedError(404, {"message": "Not Found", "exception": "ActiveRecord::RecordNotFound"})


def conflict(message: str) -> RefusedError:
    """A concurrent edit, or a duplicate (409)."""
    return RefusedError(409, {"code": 409, "message": message, "reason": "conflict"})


def too_large(message: str) -> RefusedError:
    """Too many rows in one call (413)."""
    return RefusedError(413, {"message": message})


def locked(message: str) -> InvalidError:
    """A record that may not be changed now (422)."""
    return InvalidError({"base": [message]})


def words(body: dict[str, Any]) -> str:
    """What an error body says, in one line."""
    found = next(body[key] for key in ("errors", "error", "message") if key in body)
    if isinstance(found, dict):
        return "; ".join(f"{field} {', '.join(messages)}" for field, messages in found.items())
    return ", ".join(found) if isinstance(found, list) else str(found)


def _version_2(status: int, body: dict[str, Any]) -> dict[str, Any]:
    code = _V2_CODES.get(status, "ERROR")
    fields = body["errors"].items() if isinstance(body.get("errors"), dict) else ()
    details = [
        {"reason_code": code, "message": text, "source": field} for field, messages in fields for text in messages
    ]
    return {"error": {"code": code, "message": words(body), "details": details}}
