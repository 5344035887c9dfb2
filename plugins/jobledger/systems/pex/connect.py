"""From an account to a connected `Pex`."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from jobledger.errors import FixTheSetup
from jobledger.systems.auth import Bearer, TokenStore
from jobledger.systems.client import Client
from jobledger.systems.pex.api import Api
from jobledger.systems.pex.limits import A_MINUTE, A_TENTH, CARDHOLDERS, LIMITS, PURCHASES, told
from jobledger.systems.pex.reading import Reading
from jobledger.systems.pex.refusals import TITLE
from jobledger.systems.pex.system import Pex
from jobledger.systems.pex.tokens import SCHEME, OfConnection, token_grant
from jobledger.systems.surroundings import Surroundings, is_known

DOMAINS = ("pexcard.com",)
DEFAULT_HOST = "https://coreapi.pexcard.com"
SYSTEM = "pex"


@dataclass(frozen=True)
class PexAccount:
    """A business's API token, as an Airflow connection holds it. `name` is the connection's.

    `other_host` allows hosts that are not PEX's, such as a sandbox on another machine.
    """

    name: str
    host: str
    token: str = field(repr=False)
    other_host: bool = False

    @property
    def where(self) -> str:
        """How messages name the connection."""
        return f"Airflow connection '{self.name}'"

    def check(self) -> None:
        """Raises `FixTheSetup` for a host to which no token must go, or a missing token."""
        if not self.token:
            remedy = "Make one in PEX (Profile > Authorized Apps > Generate Token) and put it in as the password."
            raise FixTheSetup(self.where, "has no API token.", remedy)
        if not (self.other_host or is_known(self.host, DOMAINS)):
            found = f"names the host {urlsplit(self.host).netloc or self.host}, which is not PEX's over https."
            raise FixTheSetup(self.where, found, "Correct it, or tick 'Other host' for a sandbox of your own.")


def pex(
    account: PexAccount,
    business_id: str,
    around: Surroundings | None = None,
    reading: Reading | None = None,
    store: TokenStore | None = None,
) -> Pex:
    """A connector for one business. Raises `FixTheSetup` for an account that cannot be used.

    `store` keeps the token, in place of the one that all workers share.
    """
    around = around or Surroundings()
    place = (SYSTEM, business_id)
    client = signed_in(account, around, store)
    client.budget = around.budget(place, TITLE, LIMITS, told("minute", A_MINUTE))
    api = Api(
        client,
        business_id,
        purchases=around.budget(place, TITLE, PURCHASES, told("purchases", A_TENTH)),
        cardholders=around.budget(place, TITLE, CARDHOLDERS, told("cardholders", A_TENTH)),
    )
    return Pex(api, reading or Reading())


def signed_in(account: PexAccount, around: Surroundings, store: TokenStore | None = None) -> Client:
    """A client with a token, which all workers share unless another `store` is given."""
    account.check()
    around.mask(account.token)
    login = around.client(SYSTEM, TITLE, account.host, account.where)
    client = around.client(SYSTEM, TITLE, account.host, account.where)
    kept = OfConnection(store or around.tokens(account.name), account.token)
    client.auth = Bearer(
        token_grant(login, account.token), kept, around.clock, around.sleep, around.mask, scheme=SCHEME
    )
    return client
