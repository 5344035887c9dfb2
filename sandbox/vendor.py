"""What a vendor offers to the sandbox: the one shape that all of them have."""

from __future__ import annotations

from typing import Literal, Protocol

from sandbox.http import Request, Response
from sandbox.world import Accepted as Accepted
from sandbox.world import Record

QuotaMode = Literal["real", "off"] | float


class Quota(Protocol):
    """A vendor's rate limits, counted in the sandbox's own time."""

    def take(self, request: Request) -> Response | None:
        """Counts a request; answers with the vendor's own refusal when a limit is passed, else None."""
        ...

    def headers(self, request: Request) -> dict[str, str]:
        """The headers by which the vendor tells what is left."""
        ...

    def set_mode(self, mode: QuotaMode) -> None:
        """`real`, `off`, or a multiple of the real limits."""
        ...

    def reset(self) -> None:
        """Forgets what was counted; the mode stays."""
        ...

    def highest_use(self) -> dict[str, dict[str, float]]:
        """Per window: `limit`, and the highest `used` seen since the last reset."""
        ...


class Vendor(Protocol):
    """One vendor's stand-in. Every write that it accepts is told to `World.accepted`."""

    name: str
    """The system's name in control routes and table names: `procore`, `xero`, `quickbooks_online`, `pex`."""

    quota: Quota

    def install(self) -> None:
        """Puts what a new company of that product starts with, as far as it is not there already."""
        ...

    def owns(self, path: str) -> bool:
        """Whether a request to this path is this vendor's."""
        ...

    def answer(self, request: Request) -> Response:
        """Authentication, rules and the answer itself, in the vendor's own shapes; quota and faults are outside."""
        ...

    def seed(self, entity: str, record: Record) -> Record:
        """Puts or changes a record as a person in that product would, and returns it as stored.

        An `id` that exists means a change. Fields that the product sets by itself (id, number, times) may be given,
        and are kept then. Raises `ValueError` with the vendor's own message when the product would refuse it.
        """
        ...

    def remove(self, entity: str, key: str) -> None:
        """Deletes a record as a person in that product would. Raises `ValueError` as `seed` does."""
        ...
