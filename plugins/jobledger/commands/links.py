"""`airflow jobledger links`: see, propose, make, mend and take away links."""

from __future__ import annotations

import csv
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Connection

from jobledger import platform
from jobledger.commands.screen import plain_errors, say, shell_user, show_table
from jobledger.errors import FixTheSetup
from jobledger.integration import Integration
from jobledger.mapping.automap import propose
from jobledger.mapping.flow import Flow
from jobledger.mapping.path import read
from jobledger.pipeline.cataloging import card_of_catalog
from jobledger.steps import flows_of
from jobledger.store import approvals, catalog, links
from jobledger.store.engine import reading, writing

COLUMNS = ("kind", "procore_id", "accounting_id", "made_by", "made_at", "archived_at", "evidence")


@plain_errors
def show(args: Any) -> None:
    """Every link as CSV; the same file can be imported."""
    paired = platform.integration(args.integration)
    with reading(platform.engine()) as connection:
        rows = links.all_links(connection, paired.pair, args.kind)
    writer = csv.writer(sys.stdout)
    writer.writerow(COLUMNS)
    writer.writerows([(*row[:4], row.made_at.isoformat(), _moment(row.archived_at), row.evidence) for row in rows])


@plain_errors
def propose_links(args: Any) -> None:
    """Unlinked records of both sides that may be the same, with score and evidence."""
    paired, flow = _linking(args.integration, args.kind)
    with reading(platform.engine()) as connection:
        ours, theirs = (catalog.unlinked(connection, paired.pair, name, flow.kind) for name in _entities(flow))
        refused = links.dismissed(connection, paired.pair, flow.kind)
    names = {one.id: one.name for one in [*ours, *theirs]}
    found = propose([card_of_catalog(one) for one in ours], [card_of_catalog(one) for one in theirs], flow.kind)
    rows = [
        (
            "sure" if p.sure else "doubtful",
            f"{p.score:.0%}",
            names[p.left_id],
            p.left_id,
            names[p.right_id],
            p.right_id,
            "; ".join(p.evidence),
        )
        for p in found
        if (p.left_id, p.right_id) not in refused
    ]
    show_table(("", "score", "Procore", "id", "books", "id", "evidence"), rows)


@plain_errors
def link(args: Any) -> None:
    """Links two records that are both known and active."""
    paired, flow = _linking(args.integration, args.kind)
    with writing(platform.engine()) as connection:
        _make(connection, paired, flow, (args.procore_id, args.accounting_id))
    say(f"linked {args.kind} {args.procore_id} with {args.accounting_id}")


@plain_errors
def unlink(args: Any) -> None:
    """Takes a link away; neither record is touched, and what they still carry does not bring the link back."""
    paired, flow = _linking(args.integration, args.kind)
    with writing(platform.engine()) as connection:
        linked = links.linked_targets(connection, paired.pair, flow.kind, "procore").get(args.procore_id)
        if linked is None:
            raise FixTheSetup(f"{args.kind} {args.procore_id}", "is not linked.", "See `links list`.")
        links.remove(connection, paired.pair, flow.kind, args.procore_id)
        ids = (args.procore_id, linked)
        links.dismiss(connection, paired.pair, flow.kind, ids, shell_user(), "unlinked", datetime.now(UTC))
    say(f"unlinked {args.kind} {args.procore_id}")


@plain_errors
def archive(args: Any) -> None:
    """Takes a linked pair out of all runs: neither side follows the other until it is restored (XER-37)."""
    paired, flow = _linking(args.integration, args.kind)
    with writing(platform.engine()) as connection:
        if not links.archive(connection, paired.pair, flow.kind, args.procore_id, shell_user(), datetime.now(UTC)):
            raise FixTheSetup(f"{args.kind} {args.procore_id}", "is not an active link.", "See `links list`.")
    say(f"archived {args.kind} {args.procore_id}")


@plain_errors
def restore(args: Any) -> None:
    """Brings an archived pair back into the runs."""
    paired, flow = _linking(args.integration, args.kind)
    with writing(platform.engine()) as connection:
        if not links.restore(connection, paired.pair, flow.kind, args.procore_id):
            raise FixTheSetup(f"{args.kind} {args.procore_id}", "is not archived.", "See `links list`.")
    say(f"restored {args.kind} {args.procore_id}: run the stage with a full refresh to catch up")


@plain_errors
def relink(args: Any) -> None:
    """Leads a link to the survivor of a merge; on whichever side the other id is the one already linked."""
    paired, flow = _linking(args.integration, args.kind)
    with writing(platform.engine()) as connection:
        old = [
            row
            for row in links.all_links(connection, paired.pair, flow.kind)
            if row.procore_id == args.procore_id or row.accounting_id == args.accounting_id
        ]
        if not old:
            raise FixTheSetup(f"{args.kind} {args.procore_id}", "is not linked.", "Use `links link`.")
        for row in old:
            links.remove(connection, paired.pair, flow.kind, row.procore_id)
        _make(connection, paired, flow, (args.procore_id, args.accounting_id))
    say(f"linked {args.kind} {args.procore_id} with {args.accounting_id}")


@plain_errors
def dismiss(args: Any) -> None:
    """Notes that two records are not the same: they are no longer proposed to each other."""
    paired, flow = _linking(args.integration, args.kind)
    ids = (args.procore_id, args.accounting_id)
    with writing(platform.engine()) as connection:
        links.dismiss(connection, paired.pair, flow.kind, ids, shell_user(), args.why, datetime.now(UTC))
    say(f"{args.kind}: {args.procore_id} and {args.accounting_id} are not the same")


@plain_errors
def import_csv(args: Any) -> None:
    """Makes the links of a CSV file: all of them, or none and every fault by its line."""
    paired = platform.integration(args.integration)
    rows = _rows(Path(args.file))
    faults = []
    with writing(platform.engine()) as connection:
        for number, row in enumerate(rows, start=2):
            try:
                _, flow = _linking(paired.name, row.get("kind") or "")
                _make(connection, paired, flow, (row.get("procore_id") or "", row.get("accounting_id") or ""))
            except FixTheSetup as error:
                faults.append(f"line {number}: {error}")
        if faults:
            raise FixTheSetup(args.file, "; ".join(faults), "Nothing was imported: mend the file and try again.")
    say(f"imported {len(rows)} links")


def _rows(file: Path) -> list[dict[str, str]]:
    try:
        # a spreadsheet program puts a byte order mark before the first column's name
        with file.open(newline="", encoding="utf-8-sig") as lines:
            reader = csv.DictReader(lines)
            rows, columns = list(reader), reader.fieldnames or []
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FixTheSetup(str(file), f"cannot be read as CSV ({error}).", "Save it as CSV in UTF-8.") from None
    missing = [name for name in COLUMNS[:3] if name not in columns]
    if missing:
        raise FixTheSetup(str(file), f"has no column {', '.join(missing)}.", f"It needs {', '.join(COLUMNS[:3])}.")
    return rows


@plain_errors
def why(args: Any) -> None:
    """Why a record takes part in a flow or not (XER-27), and whether it is linked (XER-28)."""
    paired = platform.integration(args.integration)
    flow = flows_of(paired).get(args.flow)
    if flow is None:
        raise FixTheSetup(paired.name, f"has no flow '{args.flow}'.", f"It has {', '.join(sorted(flows_of(paired)))}.")
    with reading(platform.engine()) as connection:
        for source_id in args.ids:
            say(f"{source_id}: {_reason(connection, paired, flow, source_id)}")


def _reason(connection: Connection, paired: Integration, flow: Flow, source_id: str) -> str:
    known = catalog.known(connection, paired.pair, flow.source, [source_id]).get(source_id)
    linked = links.linked_targets(connection, paired.pair, flow.kind, links.side_of(flow.source_system)).get(source_id)
    if linked:
        return f"linked with {linked}"
    if known is None:
        return "never seen: not permitted for the app, or in no list that was read; run the stage with a full refresh"
    if not known.active:
        return f"'{known.name}' is {known.status or 'inactive'}: only active records are carried over"
    sent = source_id in approvals.sent_ids(connection, paired.pair, flow.name)
    state = "was sent" if sent else "was not sent"
    named = flow.chosen_by.removeprefix("settings.")
    choice = f"{named} is '{read(paired.model_dump(by_alias=True), named)}'" if named != flow.chosen_by else named
    return f"'{known.name}' is not linked and {state}; {choice}; see `history --open`"


def _moment(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def _linking(integration: str, kind: str) -> tuple[Integration, Flow]:
    """The flow that makes links of a kind; of twins the one out of Procore."""
    paired = platform.integration(integration)
    flows = flows_of(paired).values()
    linking = [flow for flow in flows if not flow.amends]
    found = sorted((flow for flow in linking if flow.kind == kind), key=lambda flow: flow.source_system != "procore")
    if not found:
        kinds = ", ".join(sorted({flow.kind for flow in linking}))
        raise FixTheSetup(paired.name, f"has no kind of links '{kind}'.", f"It has {kinds}.")
    return paired, found[0]


def _entities(flow: Flow) -> tuple[str, str]:
    """Where the two records of a link are kept: Procore's entity, the books'."""
    return (flow.source, flow.target) if flow.source_system == "procore" else (flow.target, flow.source)


def _make(connection: Connection, paired: Integration, flow: Flow, ids: tuple[str, str]) -> None:
    entities = _entities(flow)
    for entity, one in zip(entities, ids, strict=True):
        known = catalog.known(connection, paired.pair, entity, [one]).get(one)
        if known is None:
            raise FixTheSetup(f"{entity} {one}", "is not known.", "Give the id of a record that a run has read.")
        if not known.active:
            raise FixTheSetup(f"{entity} {one}", f"'{known.name}' is archived.", "Restore it first, or link another.")
    taken = links.linked_targets(connection, paired.pair, flow.kind, "accounting").get(ids[1])
    if taken and taken != ids[0]:
        raise FixTheSetup(f"{entities[1]} {ids[1]}", f"is linked with {taken} already.", "Unlink that one first.")
    links.undismiss(connection, paired.pair, flow.kind, ids)
    try:
        links.make(connection, paired.pair, flow.kind, ids, shell_user(), datetime.now(UTC), "linked by a person")
    except ValueError as error:
        raise FixTheSetup(f"{flow.kind}", f"{error}.", "Unlink it first, or use `links relink`.") from None
