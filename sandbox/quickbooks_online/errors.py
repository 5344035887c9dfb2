"""QuickBooks' refusals, in its own shapes and, where they are known, words."""

from __future__ import annotations

from typing import Any

from sandbox.http import Response, json_response

MESSAGES: dict[int, str] = {
    500: "Unsupported Operation",
    610: "Object Not Found",
    620: "Transaction cannot be linked",
    1040: "Batch request is too big",
    1050: "Unsupported content type",
    2000: "Invalid object name",
    2010: "Request has invalid or unsupported property",
    2020: "Required param missing, need to supply the required value for the API",
    2040: "Invalid or unsupported characters in a string",
    2050: "String length is either shorter or longer than supported by specification",
    2060: "Invalid date format",
    2080: "Invalid number",
    2120: "Invalid type",
    2130: "Invalid request id",
    2170: "Invalid enumeration",
    2230: "Invalid boolean",
    2260: "PostingType is missing",
    2290: "Negative amounts are not supported on this line",
    2300: "Total credits do not equal total debits",
    2500: "Invalid Reference Id",
    3001: "message=ThrottleExceeded; errorCode=003001; statusCode=429",
    4000: "Error parsing query",
    4001: "Invalid query",
    5010: "Stale Object Error",
    5030: "Feature Not Supported Error",
    6000: "A business validation error has occurred while processing your request",
    6010: "Account type is missing",
    6040: "Metadata must be an Attachable",
    6041: "Invalid uploaded file",
    6050: "Entity type is not supported for an attachment",
    6070: "Amount is not equal to UnitPrice * Qty",
    6080: "No name provided",
    6100: "Invalid tax code for a line",
    6140: "Duplicate Document Number Error",
    6150: "ParentRef is required",
    6170: "TxnTaxDetail is not allowed with NotApplicable",
    6180: "More than 5 levels",
    6190: "Subscription period has ended or canceled",
    6200: "Account Period Closed",
    6210: "Account Period Closed, Cannot Update Through Services API",
    6240: "Duplicate Name Exists Error",
    6310: "Customer is required for a billable line",
    6320: "Invalid billable status",
    6340: "Invalid time",
    6350: "Time is missing",
    6370: "Start time is after end time",
    6390: "Both a duration and start and end times are given",
    6430: "Invalid account type",
    6440: "A line needs an item or an account",
    10000: "An application error has occurred while processing your request",
}


class RefusedError(ValueError):
    """One write or query is refused: `code`, its Message, a Detail and the element it is about."""

    def __init__(self, code: int, detail: str, element: str = "", message: str = "", status: int = 400) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.element = element
        self.message = message or MESSAGES[code]
        self.status = status

    def fault(self) -> dict[str, Any]:
        """The `Fault` of an answer or of a member of a batch."""
        kind = "SystemFault" if self.code >= 10000 else "ValidationFault"
        if self.code == 3001:
            kind = "SERVICE"
        error = {"Message": self.message, "Detail": self.detail, "code": str(self.code), "element": self.element}
        return {"Error": [error], "type": kind}


def business(detail: str, element: str = "") -> RefusedError:
    """The catch-all of broken bookkeeping rules."""
    return RefusedError(6000, f"Business Validation Error: {detail}", element)


def missing(name: str) -> RefusedError:
    """A required field is not there."""
    return RefusedError(2020, f"Required parameter {name} is missing in the request", name)


def unknown_property(path: str) -> RefusedError:
    """The type has no such field."""
    return RefusedError(2010, f"Property Name:{path} specified is unsupported or invalid", path)


def not_found(entity: str, key: str) -> RefusedError:
    """There is no record with that id."""
    return RefusedError(610, f"Object Not Found : {entity} with Id {key} was not found. It may have been deleted")


def query_parse(detail: str) -> RefusedError:
    """A statement cannot be read."""
    return RefusedError(4000, f"QueryParserError: {detail}")


def query_invalid(detail: str) -> RefusedError:
    """A statement can be read, and asks for what there is not."""
    return RefusedError(4001, f"QueryValidationError: {detail}")


def access_fault(status: int, code: int, name: str, detail: str) -> Response:
    """The shape of 401 and 403, whose names begin with small letters."""
    message = f"message={name}; errorCode={code:06d}; statusCode={status}"
    error = {"message": message, "detail": detail, "code": str(code), "element": None}
    kind = "AUTHENTICATION" if status == 401 else "AUTHORIZATION"
    body = {"warnings": None, "intuitObject": None, "fault": {"error": [error], "type": kind}}
    return json_response(body, status)


def throttled(as_json: bool) -> Response:
    """429, without a time to wait; what the gateway refuses by itself is no JSON."""
    refusal = RefusedError(3001, "The request limit was reached. Wait for a minute, then try again.")
    if as_json:
        return json_response({"Fault": refusal.fault()}, 429)
    return Response(429, MESSAGES[3001].encode(), {"content-type": "text/plain; charset=utf-8"})
