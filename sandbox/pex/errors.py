"""PEX's refusals: a status and one sentence under `Message`; there is no code and no list of fields."""

from __future__ import annotations

from sandbox.http import Response, json_response


class RefusedError(ValueError):
    """A request is refused: `status` and the sentence that PEX gives."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status

    def response(self) -> Response:
        """The refusal as an answer."""
        return json_response({"Message": str(self)}, self.status)


def invalid(message: str) -> RefusedError:
    """What was sent cannot be."""
    return RefusedError(400, message)


def forbidden(message: str) -> RefusedError:
    """The user may not, or the business has the feature off."""
    return RefusedError(403, message)


def not_found(what: str) -> RefusedError:
    """There is none of that id."""
    return RefusedError(404, f"{what} was not found")


def stale(what: str) -> RefusedError:
    """Somebody else wrote in between."""
    return RefusedError(409, f"{what} was changed by somebody else: ConcurrencyKey is not the present one")


def throttled() -> Response:
    """429; PEX does not tell how long to wait."""
    return json_response({"Message": "Usage Limits Exceeded"}, 429)
