"""Xero's refusals, in Xero's own shapes and, where they are known, words."""

from __future__ import annotations

import uuid
from typing import Any

from sandbox.http import Response, json_response

NO_ID = "00000000-0000-0000-0000-000000000000"
NOT_EDITABLE = "Invoice not of valid status for modification"
HAS_PAYMENTS = "This document cannot be edited as it has a payment or credit note allocated to it."
ARCHIVED_CONTACT = (
    "The specified contact details matched an archived contact. "
    "Archived contacts cannot currently be edited via the API."
)


class RefusedError(ValueError):
    """One element is refused: its `ValidationErrors`."""

    def __init__(self, *messages: str) -> None:
        super().__init__(" ".join(messages))
        self.messages = messages


class UnknownRecordError(LookupError):
    """A path or an element names an id that the organisation never issued: Xero answers 404 to the whole request."""


class BadRequestError(ValueError):
    """The whole request is refused: `number` and `kind` are Xero's ErrorNumber and Type."""

    def __init__(self, number: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.number = number
        self.kind = kind


def bad_data(message: str) -> BadRequestError:
    """The body cannot be read as what the endpoint takes."""
    return BadRequestError(14, "PostDataInvalidException", message)


def bad_query(message: str) -> BadRequestError:
    """A `where`, an `order` or another parameter cannot be read."""
    return BadRequestError(16, "QueryParseException", message)


def refused_element(sent: dict[str, Any], key_name: str, messages: tuple[str, ...]) -> dict[str, Any]:
    """An element as Xero sends it back when it refuses it."""
    return {
        key_name: NO_ID,
        **sent,
        "HasErrors": True,
        "HasValidationErrors": True,
        "StatusAttributeString": "ERROR",
        "ValidationErrors": [{"Message": message} for message in messages],
    }


def bad_request_body(error: BadRequestError) -> dict[str, Any]:
    """The body of a 400 that concerns the whole request."""
    return {"ErrorNumber": error.number, "Type": error.kind, "Message": str(error)}


def validation_exception(elements: list[Any]) -> dict[str, Any]:
    """The body of a 400 that concerns elements."""
    return {
        "ErrorNumber": 10,
        "Type": "ValidationException",
        "Message": "A validation exception occurred",
        "Elements": elements,
    }


def problem(status: int, title: str, detail: str, headers: dict[str, str] | None = None) -> Response:
    """The shape of 401, 403 and 429."""
    body: dict[str, Any] = {
        "Type": None,
        "Title": title,
        "Status": status,
        "Detail": detail,
        "Instance": str(uuid.uuid4()),
        "Extensions": {},
    }
    return json_response(body, status, headers)


def not_found() -> Response:
    """Xero's 404 is a page, never JSON."""
    body = b"The resource you're looking for cannot be found"
    return Response(404, body, {"content-type": "text/html; charset=utf-8"})
