"""`airflow jobledger history`: what ran, what became of a record, what is open; and `dismiss`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from jobledger import platform
from jobledger.commands.screen import plain_errors, say, shell_user, show_table
from jobledger.errors import FixTheSetup
from jobledger.integration import Integration
from jobledger.reports.night import night_table
from jobledger.steps import flows_of
from jobledger.store import history as kept
from jobledger.store import links
from jobledger.store.engine import reading, writing


@plain_errors
def history(args: Any) -> None:
    """Tells the latest runs, or a record's whole life, or one run's records, or all that is open."""
    if args.last_night:
        say(night_table(platform.engine(), datetime.now(UTC) - timedelta(days=1)))
    elif args.open:
        _show_open(_integrations(args.integration))
    elif args.record:
        _show_life(platform.integration(args.integration), args.record)
    elif args.run:
        _show_run(platform.integration(args.integration), args.run)
    else:
        _show_runs(_integrations(args.integration))


@plain_errors
def dismiss(args: Any) -> None:
    """Dismisses open records: they are no longer listed, and stay recorded with name and reason."""
    paired = platform.integration(args.integration)
    now = datetime.now(UTC)
    for source_id in args.ids:
        with writing(platform.engine()) as connection:
            key = (paired.pair, args.flow, source_id)
            if not kept.dismiss(connection, key, shell_user(), args.reason, now):
                raise FixTheSetup(args.flow, f"has no open record {source_id}.", "See `history --open`.")
        say(f"dismissed {args.flow} {source_id}")


@plain_errors
def release(args: Any) -> None:
    """Releases records that a rule holds although a person knows better, such as a number used twice (ACC-17)."""
    paired = platform.integration(args.integration)
    flow = flows_of(paired).get(args.flow)
    if flow is None or not flow.unique_number:
        raise FixTheSetup(paired.name, f"holds no records of '{args.flow}' by a rule.", "See `history --open`.")
    kind = links.released(flow.kind)
    for source_id in args.ids:
        with writing(platform.engine()) as connection:
            ids = (source_id, "") if flow.source_system == "procore" else ("", source_id)
            links.dismiss(connection, paired.pair, kind, ids, shell_user(), args.reason, datetime.now(UTC))
        say(f"released {args.flow} {source_id}: the next run takes it up")


def _integrations(name: str | None) -> list[Integration]:
    if name:
        return [platform.integration(name)]
    return [one for one in platform.integrations() if isinstance(one, Integration)]


def _show_runs(some: list[Integration]) -> None:
    columns = ("began (UTC)", "integration", "stage", "flow", "mode", "state", "outcomes", "run")
    with reading(platform.engine()) as connection:
        rows = [row for paired in some for row in kept.runs(connection, paired.pair)]
    show_table(
        columns,
        [
            (
                f"{r.started_at:%Y-%m-%d %H:%M:%S}",
                r.integration,
                r.stage,
                r.flow,
                r.mode,
                r.state,
                _told(r.counts),
                r.run_id,
            )
            for r in rows
        ],
    )


def _show_run(paired: Integration, run_id: str) -> None:
    with reading(platform.engine()) as connection:
        rows = kept.runs_of(connection, paired.pair, run_id)
        if not rows:
            raise FixTheSetup(paired.name, f"has no run '{run_id}'.", "See `airflow jobledger history`.")
        for row in rows:
            say(f"{row.stage} / {row.flow}, {row.mode}: {_told(row.counts)}")
            for note in row.notes:
                say(f"  note: {note}")
            for one in kept.outcomes_of(connection, row.id):
                say(f"  {one.outcome}: {_named(one)}{_sentence(one)}")


def _show_life(paired: Integration, sought: str) -> None:
    with reading(platform.engine()) as connection:
        rows = kept.life_of(connection, paired.pair, sought)
    if not rows:
        raise FixTheSetup(paired.name, f"knows nothing of '{sought}'.", "Give a record's id, number or whole name.")
    for row in rows:
        say(f"{row.at:%Y-%m-%d %H:%M:%S} UTC  {row.flow}  {row.outcome}: {_named(row)}{_sentence(row)}")
        say(f"    in run {row.run_id} ({row.mode})" + (f", there it is {row.target_id}" if row.target_id else ""))
        for change in row.changes:
            say(f"    {change['field']}: {_value(change['before'])} -> {_value(change['after'])}")


def _show_open(some: list[Integration]) -> None:
    with reading(platform.engine()) as connection:
        rows = [row for paired in some for row in kept.open_records(connection, paired.pair)]
    if not rows:
        say("Nothing is open.")
    for row in rows:
        say(f"{row.flow} {row.source_id}  {row.outcome}: {_named(row)}")
        say(f"    why: {row.reason}")
        say(f"    what to do: {row.remedy}")
        say(f"    since {row.first_seen:%Y-%m-%d %H:%M} UTC, tried {row.attempts} times")


def _told(counts: dict[str, int]) -> str:
    return (
        ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in sorted(counts.items()) if count) or "nothing"
    )


def _named(row: Any) -> str:
    return f"{row.number} {row.name}" if row.number else str(row.name)


def _sentence(row: Any) -> str:
    told = " ".join(part for part in (row.reason, row.remedy) if part)
    return f" – {told}" if told else ""


def _value(value: Any) -> str:
    return "nothing" if value in (None, "") else f"'{value}'"
