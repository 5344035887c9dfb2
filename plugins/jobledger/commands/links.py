"""`airflow jobledger links`: see, propose, make, mend and take away links."""

from __future__ import annotations

import csv
import sys
from argparse import Namespace
from datetime import datetime
from pathlib import Path
from typing import Any

from jobledger import platform
from jobledger.actions import link_files
from jobledger.actions import links as actions
from jobledger.actions.links import Kind, kind_of
from jobledger.commands.run import run
from jobledger.commands.screen import plain_errors, say, shell_user, show_table
from jobledger.errors import FixTheSetup
from jobledger.steps import flows_of
from jobledger.store import catalog, links
from jobledger.store.engine import reading, writing

SHOWN = (*link_files.COLUMNS, "made_by", "made_at", "archived_at", "evidence")


@plain_errors
def show(args: Any) -> None:
    """Every link as CSV; the same file can be imported."""
    paired = platform.integration(args.integration)
    with reading(platform.engine()) as connection:
        rows = links.all_links(connection, paired.pair, args.kind)
    writer = csv.writer(sys.stdout)
    writer.writerow(SHOWN)
    writer.writerows([(*row[:4], row.made_at.isoformat(), _moment(row.archived_at), row.evidence) for row in rows])


@plain_errors
def propose_links(args: Any) -> None:
    """Unlinked records of both sides that may be the same, with score and evidence; links the sure ones if asked."""
    kind = _kind(args)
    with writing(platform.engine()) as connection:
        found = actions.proposals(connection, kind)
        linked = actions.accept(connection, kind, [p for p in found if p.sure], shell_user()) if args.link_sure else 0
    rows = [
        (
            "sure" if p.sure else "doubtful",
            f"{p.score:.0%}",
            p.procore.name,
            p.procore.id,
            p.accounting.name,
            p.accounting.id,
            "; ".join(p.evidence),
        )
        for p in found
    ]
    show_table(("", "score", "Procore", "id", "books", "id", "evidence"), rows)
    if args.link_sure:
        say(f"linked {linked} that are sure")


@plain_errors
def link(args: Any) -> None:
    """Links two records that are both known and active."""
    kind = _kind(args)
    with writing(platform.engine()) as connection:
        actions.link(connection, kind, (args.procore_id, args.accounting_id), shell_user())
    say(f"linked {args.kind} {args.procore_id} with {args.accounting_id}")


@plain_errors
def unlink(args: Any) -> None:
    """Takes a link away; neither record is touched, and what they still carry does not bring the link back."""
    kind = _kind(args)
    with writing(platform.engine()) as connection:
        actions.unlink(connection, kind, args.procore_id, shell_user())
    say(f"unlinked {args.kind} {args.procore_id}")


@plain_errors
def archive(args: Any) -> None:
    """Takes a linked pair out of all runs: neither side follows the other until it is restored (XER-37)."""
    kind = _kind(args)
    with writing(platform.engine()) as connection:
        actions.archive(connection, kind, args.procore_id, shell_user())
    say(f"archived {args.kind} {args.procore_id}")


@plain_errors
def restore(args: Any) -> None:
    """Brings an archived pair back into the runs."""
    kind = _kind(args)
    with writing(platform.engine()) as connection:
        actions.restore(connection, kind, args.procore_id)
    say(f"restored {args.kind} {args.procore_id}: run the stage with a full refresh to catch up")


@plain_errors
def put_away(args: Any) -> None:
    """Puts unlinked records away: they are neither proposed nor carried over until they are brought back (XER-17)."""
    kind = _kind(args)
    with writing(platform.engine()) as connection:
        for one in args.ids:
            actions.put_away(connection, kind, args.side, one, shell_user())
    say(f"put away: {args.kind} {', '.join(args.ids)}")


@plain_errors
def bring_back(args: Any) -> None:
    """Brings records back that were put away (XER-18)."""
    kind = _kind(args)
    with writing(platform.engine()) as connection:
        for one in args.ids:
            actions.bring_back(connection, kind, args.side, one)
    say(f"brought back: {args.kind} {', '.join(args.ids)}")


@plain_errors
def relink(args: Any) -> None:
    """Leads a link to the survivor of a merge; on whichever side the other id is the one already linked."""
    kind = _kind(args)
    with writing(platform.engine()) as connection:
        actions.relink(connection, kind, (args.procore_id, args.accounting_id), shell_user())
    say(f"linked {args.kind} {args.procore_id} with {args.accounting_id}")


@plain_errors
def dismiss(args: Any) -> None:
    """Notes that two records are not the same: they are no longer proposed to each other."""
    kind = _kind(args)
    with writing(platform.engine()) as connection:
        actions.differ(connection, kind, (args.procore_id, args.accounting_id), shell_user(), args.why)
    say(f"{args.kind}: {args.procore_id} and {args.accounting_id} are not the same")


@plain_errors
def push(args: Any) -> None:
    """Carries unlinked records of a side, or all of them, over to the other one: sends them and runs their stage."""
    kind = _kind(args)
    with writing(platform.engine()) as connection:
        pair, entity = kind.paired.pair, kind.entity(args.side)
        ids = list(catalog.unlinked_ids(connection, pair, entity, kind.name)) if args.all else args.ids
        if not ids:
            raise FixTheSetup(args.kind, "nothing to push.", "Give the ids, or --all; see `links automap`.")
        only = actions.push(connection, kind, args.side, ids, shell_user())
    run(_stage_run(kind, args.side, only_records=only))


@plain_errors
def refresh(args: Any) -> None:
    """Reads a kind of records anew, of both sides or of one; nothing is written to either (SMX-QBO-18)."""
    run(_stage_run(_kind(args), args.sides, plan=True, full_refresh=True, sides=args.sides))


@plain_errors
def import_csv(args: Any) -> None:
    """Makes the links of a CSV file: all of them, or none and every fault by its line; or tells what would be made."""
    paired = platform.integration(args.integration)
    rows = link_files.read_csv(_content(Path(args.file)), args.file)
    with writing(platform.engine()) as connection:
        lines = link_files.import_lines(connection, paired, rows, shell_user())
        faults = [f"line {line.number}: {line.wrong}" for line in lines if line.state == "wrong"]
        if faults:
            raise FixTheSetup(args.file, "; ".join(faults), "Nothing was imported: mend the file and try again.")
        if args.preview:
            connection.rollback()
    new = [line for line in lines if line.state == "new"]
    if args.preview:
        show_table(("line", "kind", "would be linked"), [(line.number, line.kind, line.names) for line in new])
    told = f"{len(new)} links{' would be' if args.preview else ''} imported"
    say(f"{told}, {sum(line.state == 'there' for line in lines)} were there already")


@plain_errors
def why(args: Any) -> None:
    """Why a record takes part in a flow or not (XER-27), and whether it is linked (XER-28)."""
    paired = platform.integration(args.integration)
    flow = flows_of(paired).get(args.flow)
    if flow is None:
        raise FixTheSetup(paired.name, f"has no flow '{args.flow}'.", f"It has {', '.join(sorted(flows_of(paired)))}.")
    with reading(platform.engine()) as connection:
        for source_id in args.ids:
            say(f"{source_id}: {actions.why(connection, paired, flow, source_id)}")


def _kind(args: Any) -> Kind:
    return kind_of(platform.integration(args.integration), args.kind)


def _moment(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise FixTheSetup(str(file), f"cannot be read as CSV ({error}).", "Save it as CSV in UTF-8.") from None


def _stage_run(kind: Kind, side: str, **chosen: Any) -> Namespace:
    """The arguments of `airflow jobledger run` for the stage that carries a kind of records."""
    usual = {"plan": False, "full_refresh": False, "only_projects": [], "only_records": [], "sides": "both"}
    days = {"first_day": None, "last_day": None}
    return Namespace(integration=kind.paired.name, stages=[kind.stage(side)], **usual | days | chosen)
