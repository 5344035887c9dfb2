"""The tables and every query on them, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError

from jobledger.errors import RetryLater
from jobledger.pipeline.shared import SharedTokens, SharedWindows
from jobledger.store import approvals, catalog, cursors, history, intents, leases, links, retention
from jobledger.store.approvals import Approval
from jobledger.store.catalog import CatalogRecord
from jobledger.store.engine import make_engine, reading, writing
from jobledger.store.history import NewRun, Outcome
from jobledger.store.intents import NewIntent
from jobledger.store.links import FlowState
from jobledger.store.tables import approval, intent, link, link_flow, metadata, oauth_token, record_outcome
from jobledger.systems.auth import Bearer, Token
from jobledger.systems.budget import Known, Left

PAIR = "1:xero:t"
NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
SLOW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = make_engine(database_url)
    metadata.create_all(made)
    yield made
    made.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with writing(engine) as opened:
        yield opened


def at_once(workers: int, work: Callable[[int], Any]) -> list[Any]:
    """The answers of several workers that do the same at the same time."""
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(work, range(workers)))


def after(**time: float) -> datetime:
    return NOW + timedelta(**time)


# -- leases --------------------------------------------------------------------------------------------------------


def test_a_lease_is_held_by_one_run_until_it_is_given_back_or_runs_out(engine: Engine) -> None:
    first = leases.take(engine, PAIR, "companies", "one", NOW)
    with pytest.raises(RetryLater, match=r"companies is being written by one until 08:05:00 UTC") as told:
        leases.take(engine, PAIR, "companies", "two", after(minutes=4))
    assert told.value.at == after(minutes=5)
    assert leases.take(engine, PAIR, "projects", "two", NOW).fence == 1
    leases.give_back(engine, first, after(minutes=4))
    second = leases.take(engine, PAIR, "companies", "two", after(minutes=4))
    third = leases.take(engine, PAIR, "companies", "three", after(minutes=10))
    assert (second.fence, third.fence) == (2, 3)


def test_a_task_that_is_tried_again_takes_its_own_lease_back_with_a_higher_fence(engine: Engine) -> None:
    assert [leases.take(engine, PAIR, "companies", "one", NOW).fence for _ in range(3)] == [1, 2, 3]


def test_a_lease_that_was_taken_over_cannot_be_renewed_or_given_back(engine: Engine) -> None:
    old = leases.take(engine, PAIR, "companies", "one", NOW)
    new = leases.take(engine, PAIR, "companies", "two", after(minutes=6))
    with pytest.raises(RetryLater, match="another run has taken over companies"), writing(engine) as connection:
        leases.renew(connection, old, after(minutes=6))
    leases.give_back(engine, old, after(minutes=6))
    with pytest.raises(RetryLater, match="is being written by two"):
        leases.take(engine, PAIR, "companies", "three", after(minutes=7))
    with writing(engine) as connection:
        leases.renew(connection, new, after(minutes=7))


def test_of_many_runs_that_want_a_lease_at_once_one_gets_it(engine: Engine) -> None:
    for later in (0, 10):

        def take(worker: int, later: int = later) -> bool:
            try:
                return bool(leases.take(engine, PAIR, "companies", f"run {worker}", after(minutes=later)))
            except RetryLater:
                return False

        assert sum(at_once(6, take)) == 1


# -- intents -------------------------------------------------------------------------------------------------------


def wanted(source_id: str = "1", **more: Any) -> NewIntent:
    return NewIntent(source_id, "", "create", "write", f"procore-{source_id}", {"amount": Decimal("0.10")}, **more)


def test_an_intent_is_open_until_it_is_settled_and_the_next_one_has_the_next_number(engine: Engine) -> None:
    held = leases.take(engine, PAIR, "companies", "one", NOW)
    with writing(engine) as connection:
        key, [first, other] = intents.open_batch(connection, held, [wanted("1"), wanted("2")], "hash", NOW)
        assert [one.source_id for one in intents.open_intents(connection, PAIR, "companies")] == ["1", "2"]
        intents.advance(connection, first.id, "write_back", "c-1")
        assert intents.open_keys(connection, PAIR, "companies")["1", ""].target_id == "c-1"
        intents.settle(connection, first.id, "created", NOW)
        assert list(intents.open_keys(connection, PAIR, "companies")) == [("2", "")]
        again, [second] = intents.open_batch(connection, held, [wanted("1")], "hash", NOW)
    assert (first.number, second.number, other.number) == (1, 2, 1)
    assert key != again
    assert first.document == {"amount": Decimal("0.10")}


def test_a_record_has_one_open_intent_in_a_flow_and_may_have_one_in_each(engine: Engine) -> None:
    for flow in ("companies", "projects"):
        held = leases.take(engine, PAIR, flow, "one", NOW)
        with writing(engine) as connection:
            intents.open_batch(connection, held, [wanted()], "hash", NOW)
        with pytest.raises(IntegrityError), writing(engine) as connection:
            intents.open_batch(connection, held, [wanted()], "hash", NOW)


def test_no_intent_is_opened_under_a_lost_lease(engine: Engine) -> None:
    old = leases.take(engine, PAIR, "companies", "one", NOW)
    leases.take(engine, PAIR, "companies", "two", after(minutes=6))
    with pytest.raises(RetryLater), writing(engine) as connection:
        intents.open_batch(connection, old, [wanted()], "hash", after(minutes=6))
    with reading(engine) as connection:
        assert intents.open_intents(connection, PAIR, "companies") == []


# -- cursors -------------------------------------------------------------------------------------------------------


@given(minutes=st.lists(st.integers(-1000, 1000), min_size=1, max_size=8))
@SLOW
def test_a_cursor_stands_at_the_latest_moment_it_was_ever_moved_to(engine: Engine, minutes: list[int]) -> None:
    moments = [after(minutes=one) for one in minutes]
    with writing(engine) as connection:
        connection.execute(sa.text("delete from jobledger_cursor"))
        for number, moment in enumerate(moments):
            cursors.move(connection, PAIR, f"run {number}", [("procore.vendors", "", moment)])
        assert cursors.read(connection, PAIR, "procore.vendors") == max(moments)
        moved_by = connection.scalar(sa.text("select run_id from jobledger_cursor"))
        assert moved_by == f"run {moments.index(max(moments))}"
        assert cursors.read(connection, PAIR, "procore.vendors", "companies") is None
        assert cursors.read(connection, "2:xero:t", "procore.vendors") is None


def test_a_moment_without_a_zone_is_refused(connection: Connection) -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        cursors.move(connection, PAIR, "run", [("procore.vendors", "", NOW.replace(tzinfo=None))])


# -- history -------------------------------------------------------------------------------------------------------


def begun(connection: Connection, run_id: str = "one", mode: str = "apply") -> int:
    run = NewRun(PAIR, "test", "vendors_and_projects", "companies", run_id, mode, False)
    return history.begin(connection, run, NOW)


def tell(connection: Connection, row: int, *outcomes: Outcome, at: datetime = NOW) -> None:
    history.record(connection, (row, PAIR, "companies"), outcomes, at)


def outcome(source_id: str, what: str, **more: Any) -> Outcome:
    return Outcome(source_id, "", what, more.pop("name", f"Company {source_id}"), **more)


def test_a_task_that_is_tried_again_finds_the_row_of_its_first_try(connection: Connection) -> None:
    assert begun(connection) == begun(connection)
    assert begun(connection) != begun(connection, "two")
    assert not history.has_read(connection, PAIR, "companies", "one")
    history.begin(connection, NewRun(PAIR, "test", "s", "companies", "one", "apply", False), NOW, "read")
    assert history.has_read(connection, PAIR, "companies", "one")


def test_a_record_stays_open_with_its_first_date_and_its_attempts_until_it_goes_through(connection: Connection) -> None:
    for number in range(3):
        tell(
            connection, begun(connection, f"run {number}"), outcome("1", "blocked", reason="why"), at=after(days=number)
        )
    [row] = history.open_records(connection, PAIR, "companies")
    assert (row.first_seen, row.last_seen, row.attempts, row.reason) == (NOW, after(days=2), 3, "why")
    tell(connection, begun(connection, "run 4"), outcome("1", "planned"))
    assert history.open_ids(connection, PAIR, "companies") == ["1"]
    tell(connection, begun(connection, "run 5"), outcome("1", "unchanged"))
    assert history.open_ids(connection, PAIR, "companies") == []


def test_what_is_unchanged_leaves_a_row_only_if_there_is_something_to_tell(connection: Connection) -> None:
    row = begun(connection)
    tell(connection, row, outcome("1", "unchanged"), outcome("2", "unchanged", reason="edited by a person"))
    assert history.recorded(connection, row) == {("2", ""): "unchanged"}


def test_a_dismissed_record_is_no_longer_listed_and_stays_recorded(connection: Connection) -> None:
    tell(connection, begun(connection), outcome("1", "conflict"), outcome("2", "conflict"))
    assert history.dismiss(connection, (PAIR, "companies", "1"), "ann", "a private person", NOW)
    assert not history.dismiss(connection, (PAIR, "companies", "4711"), "ann", "", NOW)
    assert [one.source_id for one in history.open_records(connection, PAIR)] == ["2"]
    assert history.dismissed_ids(connection, PAIR, "companies") == {"1"}


@pytest.mark.parametrize("sought", ["1", "c-1", "sc-001", "SC-001", "Muñoz Builders", "muñoz builders"])
def test_a_record_s_life_is_found_by_id_target_number_or_name(connection: Connection, sought: str) -> None:
    told = outcome("1", "created", name="Muñoz Builders", number="SC-001", target_id="c-1")
    tell(connection, begun(connection), told, outcome("2", "created", name="Other"))
    found = history.life_of(connection, PAIR, sought)
    assert [one.source_id for one in found] == ["1"]


def test_changes_keep_their_decimals(connection: Connection) -> None:
    row = begun(connection)
    change = {"field": "amount", "before": None, "after": Decimal("12345678901234567890.10")}
    tell(connection, row, outcome("1", "created", changes=[change]))
    [kept] = history.outcomes_of(connection, row)
    assert kept.changes == [change]


# -- approvals -----------------------------------------------------------------------------------------------------

DECISIONS = st.lists(
    st.tuples(st.sampled_from("123"), st.sampled_from(["sent", "retrieved", "waiting", "accepted", "rejected"])),
    max_size=12,
)


@given(decided=DECISIONS)
@SLOW
def test_the_last_decision_counts_and_every_one_is_kept(engine: Engine, decided: list[tuple[str, Any]]) -> None:
    with writing(engine) as connection:
        connection.execute(sa.delete(approval))
        for source_id, decision in decided:
            approvals.add(connection, PAIR, "companies", Approval(source_id, "", decision, "ann"), NOW)
        latest = approvals.latest(connection, PAIR, "companies")
        assert {key[0]: one.decision for key, one in latest.items()} == dict(decided)
        sent = {source_id for source_id, decision in dict(decided).items() if decision != "retrieved"}
        assert approvals.sent_ids(connection, PAIR, "companies") == sent
        for source_id in "123":
            life = [one.decision for one in approvals.life(connection, PAIR, "companies", source_id)]
            assert life == [decision for key, decision in decided if key == source_id]


# -- links and catalog ---------------------------------------------------------------------------------------------


def test_a_link_joins_two_records_and_neither_can_be_linked_twice(connection: Connection) -> None:
    made = links.make(connection, PAIR, "companies", ("1", "c-1"), "ann", NOW)
    assert links.make(connection, PAIR, "companies", ("1", "c-1"), "bob", NOW) == made
    with pytest.raises(ValueError, match="companies 1 is already linked to c-1"):
        links.make(connection, PAIR, "companies", ("1", "c-2"), "ann", NOW)
    with pytest.raises(ValueError, match="companies 1 is already linked to c-1"):
        links.make(connection, PAIR, "companies", ("2", "c-1"), "ann", NOW)
    links.make(connection, PAIR, "projects", ("1", "c-1"), "ann", NOW)
    assert links.linked_targets(connection, PAIR, "companies", "procore") == {"1": "c-1"}
    assert links.linked_targets(connection, PAIR, "companies", "accounting") == {"c-1": "1"}


def test_each_flow_keeps_what_it_last_wrote_and_saw_on_a_link(connection: Connection) -> None:
    made = links.make(connection, PAIR, "companies", ("1", "c-1"), "ann", NOW)
    state = FlowState("r1", "f1", {"Name": "Apex", "x": Decimal("1.10")}, "v1", {"Name": "APEX"})
    links.save_state(connection, made, "companies", state)
    [ours] = links.of_sources(connection, PAIR, "companies", "companies", "procore", ["1"]).values()
    assert (ours.sent, ours.seen, ours.revision) == (state.sent, state.seen, "r1")
    [theirs] = links.of_sources(connection, PAIR, "companies", "contacts", "accounting", ["c-1"]).values()
    assert (theirs.target_id, theirs.sent) == ("1", None)
    assert links.of_targets(connection, PAIR, "companies", "companies", "procore", ["c-1", "c-2"]) == [ours]
    assert links.remove(connection, PAIR, "companies", "1")
    assert connection.execute(sa.select(link_flow)).all() == []


def test_a_dismissal_can_be_taken_back(connection: Connection) -> None:
    links.dismiss(connection, PAIR, "companies", ("1", "c-1"), "ann", "differ", NOW)
    assert links.dismissed(connection, PAIR, "companies") == {("1", "c-1")}
    assert links.dismissed(connection, PAIR, "projects") == set()
    links.undismiss(connection, PAIR, "companies", ("1", "c-1"))
    assert links.dismissed(connection, PAIR, "companies") == set()


def record(key: str, name: str, **more: Any) -> CatalogRecord:
    values: dict[str, Any] = {"number": None, "mark": None, "version": None, "status": None, "active": True}
    return CatalogRecord(key, name, **values | {"evidence": {}, "content": {}, "merged_into": None} | more)


def test_the_catalog_finds_records_by_id_mark_and_name_and_knows_what_is_gone(connection: Connection) -> None:
    some = [
        record("1", "  Apex  STEEL "),
        record("2", "Baker", mark="procore-9"),
        record("3", "apex steel", active=False),
    ]
    catalog.save(connection, PAIR, "procore.vendors", some, NOW)
    assert [one.id for one in catalog.named(connection, PAIR, "procore.vendors", ["APEX steel"])["apex steel"]] == ["1"]
    assert catalog.marked(connection, PAIR, "procore.vendors", ["procore-9"])["procore-9"].id == "2"
    links.make(connection, PAIR, "companies", ("2", "c-2"), "ann", NOW)
    assert list(catalog.unlinked_ids(connection, PAIR, "procore.vendors", "companies")) == ["1"]
    assert [one.id for one in catalog.unlinked(connection, PAIR, "procore.vendors", "companies")] == ["1"]
    catalog.mark_gone(connection, PAIR, "procore.vendors", ["2"], NOW)
    assert [one.id for one in catalog.vanished(connection, PAIR, "procore.vendors", "companies")] == ["2"]
    assert set(catalog.present_ids(connection, PAIR, "procore.vendors", after(days=1))) == {"1", "3"}
    catalog.save(connection, PAIR, "procore.vendors", [some[1]], NOW)
    assert catalog.vanished(connection, PAIR, "procore.vendors", "companies") == []


def test_the_mark_of_a_reading_is_later_than_all_before_it_and_is_never_taken_back(connection: Connection) -> None:
    some = [record(one, one) for one in ("a/1", "a/2", "b/1")]
    catalog.save(connection, PAIR, "xero.costs", some, after(hours=2))
    first = catalog.new_mark(connection, PAIR, "xero.costs", NOW)
    assert first > after(hours=2)
    assert catalog.new_mark(connection, PAIR, "xero.bills", NOW) == NOW
    catalog.save(connection, PAIR, "xero.costs", some[:1], first)
    catalog.save(connection, PAIR, "xero.costs", some[:1], NOW)
    assert set(catalog.present_ids(connection, PAIR, "xero.costs", first)) == {"a/2", "b/1"}
    assert catalog.marked_since(connection, PAIR, "xero.costs", ["a/1", "a/2"], first) == {"a/1"}
    for documents in (["a"], ["a", *map(str, range(200))]):
        assert list(catalog.parts_of(connection, PAIR, "xero.costs", documents, first)) == ["a/2"]
    assert set(catalog.unlinked_ids(connection, PAIR, "xero.costs", "job_costs", first)) == {"a/2", "b/1"}


# -- rate windows --------------------------------------------------------------------------------------------------


def take(windows: SharedWindows, now: datetime = NOW, whole: int = 100) -> int:
    """Takes one call of a day that begins with so many, if there is one: how many were left before."""
    before = 0

    def rule(known: Known) -> Known:
        nonlocal before
        left = known.get("day", Left(whole, now + timedelta(days=1)))
        before = left.calls
        return {"day": Left(left.calls - 1, left.resets_at)} if left.calls else {}

    windows.revise(["day"], now, rule)
    return before


def known_of(windows: SharedWindows, *names: str, now: datetime = NOW) -> Known:
    found: list[Known] = []
    windows.revise(names, now, lambda known: found.append(known) or {})  # type: ignore[func-returns-value]
    return found[0]


def test_workers_together_never_take_more_than_the_limit(engine: Engine) -> None:
    windows = SharedWindows(engine, "xero", "t")
    found = at_once(8, lambda worker: [take(windows) for _ in range(14)])
    assert sorted(one for some in found for one in some if one) == list(range(1, 101))
    assert take(windows) == 0
    assert take(windows, after(days=1)) == 100


def test_each_tenant_has_windows_of_its_own_and_one_that_has_ended_is_not_known(engine: Engine) -> None:
    windows = SharedWindows(engine, "procore", "t")
    ends = after(minutes=20)
    windows.revise(["hour", "spike"], NOW, lambda known: {"hour": Left(4, ends), "spike": Left(9, after(seconds=9))})
    assert known_of(windows, "hour", "spike") == {"hour": Left(4, ends), "spike": Left(9, after(seconds=9))}
    assert known_of(windows, "hour", "spike", now=after(seconds=9)) == {"hour": Left(4, ends)}
    assert known_of(SharedWindows(engine, "procore", "another tenant"), "hour") == {}
    assert known_of(SharedWindows(engine, "xero", "t"), "hour") == {}


# -- tokens --------------------------------------------------------------------------------------------------------

CIPHER = Fernet(Fernet.generate_key())


def tokens(engine: Engine, now: datetime = NOW) -> SharedTokens:
    return SharedTokens(engine, "xero_acme", CIPHER, lambda: now)


def token(number: int, minutes: int = 30) -> Token:
    return Token(f"access {number}", after(minutes=minutes), f"refresh {number}")


def test_tokens_are_encrypted_at_rest_and_come_back_as_they_were(engine: Engine) -> None:
    tokens(engine).save(token(1))
    assert tokens(engine).load() == token(1)
    with reading(engine) as connection:
        stored = str(connection.execute(sa.select(oauth_token)).all())
    assert "access 1" not in stored
    assert "refresh 1" not in stored


def test_a_token_of_a_key_that_is_lost_is_got_anew(engine: Engine) -> None:
    tokens(engine).save(token(1))
    other = SharedTokens(engine, "xero_acme", Fernet(Fernet.generate_key()), lambda: NOW)
    had: list[str | None] = []

    def grant(old: Token | None) -> Token:
        had.append(old.refresh if old else "no token")
        return token(2)

    assert Bearer(grant, other, clock=lambda: NOW).header() == "Bearer access 2"
    assert had == [None]
    assert other.load() == token(2)


@pytest.mark.parametrize("first", [True, False])
def test_of_racing_workers_one_may_renew(engine: Engine, first: bool) -> None:
    if not first:
        tokens(engine).save(token(1))

    def claim(_: int) -> bool:
        mine = tokens(engine)
        return mine.claim(mine.load())

    assert Counter(at_once(6, claim)) == {True: 1, False: 5}


def test_a_refresh_token_is_spent_once_by_racing_workers_and_all_go_on_with_the_new_one(engine: Engine) -> None:
    tokens(engine).save(token(1, minutes=0))
    spent: list[str | None] = []

    def grant(old: Token | None) -> Token:
        spent.append(old.refresh if old else None)
        return token(2)

    def work(_: int) -> str:
        return Bearer(grant, tokens(engine), clock=lambda: NOW, sleep=lambda seconds: None).header()

    assert at_once(5, work) == ["Bearer access 2"] * 5
    assert spent == ["refresh 1"]


def test_a_claim_ends_when_it_is_released_saved_or_too_old(engine: Engine) -> None:
    tokens(engine).save(token(1))
    one, other = tokens(engine), tokens(engine)
    assert one.claim(one.load())
    assert not other.claim(other.load())
    one.release()
    assert other.claim(other.load())
    late = tokens(engine, after(minutes=2))
    assert late.claim(late.load())
    late.save(token(2))
    assert not one.claim(token(1))
    assert one.load() == token(2)


def test_a_failed_first_sign_in_can_be_tried_again(engine: Engine) -> None:
    one = tokens(engine)
    assert one.claim(None)
    one.release()
    assert one.load() is None
    assert tokens(engine).claim(None)


# -- retention -----------------------------------------------------------------------------------------------------


@pytest.mark.feature("ACC-33")
def test_pruning_removes_plans_after_a_month_and_keeps_evidence_for_years(engine: Engine) -> None:
    held = leases.take(engine, PAIR, "companies", "one", NOW)
    with writing(engine) as connection:
        intents.open_batch(connection, held, [wanted()], "hash", NOW)
        approvals.add(connection, PAIR, "companies", Approval("1", "", "accepted", "ann"), NOW)
        links.make(connection, PAIR, "companies", ("1", "c-1"), "ann", NOW)
        tell(connection, begun(connection, "plan", "plan"), outcome("1", "planned"))
        tell(connection, begun(connection, "apply"), outcome("1", "created"))

    def left(now: datetime) -> list[str]:
        with writing(engine) as connection:
            retention.prune(connection, now, retention_years=7)
            return sorted(connection.scalars(sa.select(record_outcome.c.outcome)))

    assert left(after(days=29)) == ["created", "planned"]
    assert left(after(days=31)) == ["created"]
    assert left(after(days=7 * 365)) == ["created"]
    assert left(after(days=7 * 366 + 1)) == []
    with reading(engine) as connection:
        kept = [connection.execute(sa.select(table)).all() for table in (intent, approval, link)]
    assert all(len(rows) == 1 for rows in kept)
