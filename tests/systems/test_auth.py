"""Tokens: renewed in time, once, by one worker, and never lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
import requests

from jobledger.errors import FixTheSetup, RetryLater
from jobledger.systems.auth import App, Bearer, KeptInMemory, Token, client_credentials, held, refresh_token
from jobledger.systems.client import Client
from tests.systems.scripted import DROP, Scripted, reply

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def login(vendor: Scripted) -> Client:
    session = requests.Session()
    return Client(
        "books", session, vendor.url, title="Books", where="connection b", clock=lambda: NOW, sleep=lambda _: None
    )


def token(access: str, minutes: float = 30, refresh: str | None = None) -> Token:
    return Token(access, NOW + timedelta(minutes=minutes), refresh)


@dataclass
class Shared:
    """A store that several workers use; another worker may hold the claim."""

    token: Token | None = None
    claimed: bool = False
    events: list[str] = field(default_factory=list)

    def load(self) -> Token | None:
        return self.token

    def claim(self, seen: Token | None) -> bool:
        if self.claimed or seen != self.token:
            return False
        self.events.append("claimed")
        self.claimed = True
        return True

    def save(self, token: Token) -> None:
        self.events.append(f"saved {token.access} {token.refresh}")
        self.token, self.claimed = token, False

    def release(self) -> None:
        self.events.append("released")
        self.claimed = False


def test_a_token_serves_until_shortly_before_it_expires() -> None:
    times = [NOW]
    issued = iter([token("a"), token("b", 60)])
    auth = Bearer(lambda last: next(issued), clock=lambda: times[-1])
    assert [auth.header(), auth.header()] == ["Bearer a", "Bearer a"]
    times.append(NOW + timedelta(minutes=29, seconds=30))
    assert auth.header() == "Bearer b"


def test_credentials_go_in_the_form_or_as_basic_as_the_vendor_wants(vendor: Scripted) -> None:
    vendor.answers = [reply(200, '{"access_token": "a", "expires_in": 1800}')]
    client_credentials(login(vendor), App("id", "s&cret", "token"))(None)
    client_credentials(login(vendor), App("id", "s&cret", "token", basic=True))(None)
    (_, _, first, form), (_, _, second, basic) = vendor.seen
    assert form == b"grant_type=client_credentials&client_id=id&client_secret=s%26cret"
    assert "Authorization" not in first
    assert (basic, second["Authorization"]) == (b"grant_type=client_credentials", "Basic aWQ6cyZjcmV0")


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (401, '{"error": "invalid_client"}', "does not accept the client id or the client secret"),
        (400, '{"error": "unauthorized_client"}', "does not let this app use this way of signing in"),
        (400, '{"error": "invalid_grant"}', "no longer accepts the consent"),
        (400, '{"error": "invalid_scope"}', "does not grant the permissions"),
        (403, "<html>", "does not accept the client id or the client secret"),
    ],
)
def test_a_refused_sign_in_says_what_to_do(vendor: Scripted, status: int, body: str, words: str) -> None:
    vendor.answers = [reply(status, body)]
    with pytest.raises(FixTheSetup, match=f"connection b: Books {words}") as raised:
        client_credentials(login(vendor), App("id", "the-secret", "token"))(None)
    assert "the-secret" not in str(raised.value)


def test_a_login_that_is_down_is_for_later(vendor: Scripted) -> None:
    vendor.answers = [reply(503)]
    with pytest.raises(RetryLater):
        client_credentials(login(vendor), App("id", "secret", "token"))(None)


def test_a_token_that_cannot_be_read_is_for_later(vendor: Scripted) -> None:
    vendor.answers = [reply(200, '{"token": "a"}')]
    with pytest.raises(RetryLater):
        client_credentials(login(vendor), App("id", "secret", "token"))(None)


def test_both_new_tokens_are_stored_before_either_is_used(vendor: Scripted) -> None:
    store = Shared(token("old", -1, "r1"))
    vendor.answers = [reply(200, '{"access_token": "new", "refresh_token": "r2", "expires_in": 1800}')]
    masked: list[str] = []
    auth = Bearer(refresh_token(login(vendor), App("id", "s", "token")), store, lambda: NOW, mask=masked.append)
    assert auth.header() == "Bearer new"
    assert store.events == ["claimed", "saved new r2"]
    assert masked == ["new", "r2"]
    assert vendor.seen[0][3].startswith(b"grant_type=refresh_token&refresh_token=r1")


def test_a_refresh_whose_answer_is_lost_is_asked_for_again(vendor: Scripted) -> None:
    vendor.answers = [DROP, reply(200, '{"access_token": "new", "refresh_token": "r2", "expires_in": 1800}')]
    store = Shared(token("old", -1, "r1"))
    assert Bearer(refresh_token(login(vendor), App("id", "s", "token")), store, lambda: NOW).header() == "Bearer new"


def test_the_first_refresh_token_comes_from_the_connection(vendor: Scripted) -> None:
    vendor.answers = [reply(200, '{"access_token": "new", "refresh_token": "r2", "expires_in": 1800}')]
    grant = refresh_token(login(vendor), App("id", "s", "token"), first="consented")
    assert Bearer(grant, Shared(), lambda: NOW).header() == "Bearer new"
    assert b"refresh_token=consented" in vendor.seen[0][3]


def test_without_any_refresh_token_it_says_so(vendor: Scripted) -> None:
    with pytest.raises(FixTheSetup, match="there is no refresh token"):
        Bearer(refresh_token(login(vendor), App("id", "s", "token")), Shared(), lambda: NOW).header()


def test_a_token_that_a_rival_has_renewed_is_taken_over() -> None:
    store = Shared(token("old", -1, "r1"), claimed=True)

    def rival(_: float) -> None:
        store.token = token("theirs", 30, "r2")

    def never(last: Token | None) -> Token:
        raise AssertionError("the refresh token would be used twice")

    assert Bearer(never, store, lambda: NOW, sleep=rival).header() == "Bearer theirs"


def test_a_rival_that_never_finishes_is_not_waited_for_for_ever() -> None:
    naps: list[float] = []
    auth = Bearer(lambda last: token("x"), Shared(token("old", -1), claimed=True), lambda: NOW, sleep=naps.append)
    with pytest.raises(RetryLater, match="renewing the token"):
        auth.header()
    assert sum(naps) <= 60


def test_a_failed_renewal_gives_the_claim_back(vendor: Scripted) -> None:
    store = Shared(token("old", -1, "r1"))
    vendor.answers = [reply(400, '{"error": "invalid_grant"}')]
    with pytest.raises(FixTheSetup):
        Bearer(refresh_token(login(vendor), App("id", "s", "token")), store, lambda: NOW).header()
    assert store.events == ["claimed", "released"]


def test_a_new_consent_waits_for_a_renewal_that_is_under_way_and_then_takes_its_place() -> None:
    store = Shared(token("old", -1, "r1"), claimed=True)
    with held(store, sleep=lambda _: store.save(token("theirs", 30, "r2"))) as stored:
        store.save(token("consented", 30, "r3"))
    assert stored == token("theirs", 30, "r2")
    assert store.events == ["saved theirs r2", "claimed", "saved consented r3"]


def test_no_secret_shows_when_tokens_and_apps_are_printed() -> None:
    auth = Bearer(lambda last: token("access-one"), clock=lambda: NOW)
    auth.header()
    stored = KeptInMemory(token("access-five"))
    shown = repr([token("access-two", 1, "refresh-three"), App("id", "app-four", "t"), auth, stored])
    assert not [word for word in ("-one", "-two", "-three", "-four", "-five") if word in shown]
