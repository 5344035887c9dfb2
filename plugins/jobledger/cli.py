"""`airflow jobledger …`: what the commands are called and take. What they do is in `commands/`."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Callable
from datetime import date
from typing import Any

from airflow.cli.cli_config import ActionCommand, Arg, GroupCommand, lazy_load_command


def day(text: str) -> date:
    """A day as typed. Raises `ArgumentTypeError` for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no day. Write it as 2026-01-31.") from error


INTEGRATION = Arg(("integration",), help="Name of the integration: its file's name without .yaml")
INTEGRATION_OR_ALL = Arg(("integration",), nargs="?", help="Name of the integration; all when left out")
STAGES = Arg(("stages",), nargs="*", help="Stages to run, in this order; all of the integration's when left out")
PLAN = Arg(("--plan",), action="store_true", help="Only tell what would be written")
FULL = Arg(("--full-refresh",), action="store_true", help="Read everything again, not only what changed")
FROM = Arg(
    ("--from",), dest="first_day", type=day, help="Job costs dated from this day on, YYYY-MM-DD; moves no cursor"
)
TO = Arg(("--to",), dest="last_day", type=day, help="The last of these days; needs --from")
ONLY_PROJECTS = Arg(("--only-projects",), nargs="+", default=[], help="Procore project ids")
ONLY_RECORDS = Arg(("--only-records",), nargs="+", default=[], help="Ids of source records")
RECORD = Arg(("record",), nargs="?", help="A record's id, number or name: its whole life is told")
RUN = Arg(("--run",), help="A run's id: every record of it is told")
OPEN = Arg(("--open",), action="store_true", help="What did not go through, why, and what to do about each")
LAST_NIGHT = Arg(("--last-night",), action="store_true", help="The table of the last 24 hours, and what is open")
FLOW = Arg(("flow",), help="Name of the flow")
FLOW_OPTION = Arg(("--flow",), help="Name of the flow")
IDS = Arg(("ids",), nargs="+", help="Ids of source records")
ALL_WAITING = Arg(("--all",), action="store_true", help="All that wait in this flow")
IDS_OR_ALL = Arg(("ids",), nargs="*", help="Ids of source records")
REASON = Arg(("--reason",), required=True, help="Why; it is kept with the decision")
WHY = Arg(("--why",), default="", help="Why; it is kept")
KIND = Arg(("kind",), help="Kind of link: companies, projects, cost_codes …")
KIND_OPTION = Arg(("--kind",), help="Kind of link: companies, projects, cost_codes …")
PROCORE_ID = Arg(("procore_id",), help="Id of the Procore record")
ACCOUNTING_ID = Arg(("accounting_id",), help="Id of the record in the books")
PROJECT_ID = Arg(("project_id",), help="Id of the Procore project")
CODES = Arg(("codes",), nargs="+", help="Codes such as 03-300 or, with the cost type, 03-300.S")
CODES_WITH_TYPES = Arg(("codes",), nargs="+", help="Codes with their cost type, such as 03-300.S")
AS_CSV = Arg(("--csv",), action="store_true", help="As CSV, for a spreadsheet")
BY = Arg(
    ("--by",),
    choices=("project", "code", "document"),
    default="project",
    help="A line for each project, for each cost code, or for each difference",
)
MEASURE = Arg(("measure",), choices=("commitment", "billed", "retained", "paid", "cost"), help="What differs")
COST_CODE = Arg(("cost_code",), nargs="?", help="Code and cost type such as 03-300.S; left out where there is none")
SIDE = Arg(("side",), choices=("procore", "accounting"), help="The side on which the records are")
SIDES = Arg(
    ("--side",),
    dest="sides",
    choices=("procore", "accounting", "both"),
    default="both",
    help="Read this side alone, and nothing else",
)
ALL_UNLINKED = Arg(("--all",), action="store_true", help="All records of that side that are not linked")
LINK_SURE = Arg(("--link-sure",), action="store_true", help="Link the sure ones at once")
PREVIEW = Arg(("--preview",), action="store_true", help="Only tell which links would be made")
ROLE = Arg(("role",), help="Name of a role of Airflow's FAB auth manager")
FILE = Arg(("file",), help="A CSV file with the columns kind, procore_id, accounting_id")


CONNECTION = Arg(("connection",), help="Name of an Airflow connection of the type quickbooks_online, or xero (web app)")
ANY_CONNECTION = Arg(("connection",), help="Name of an Airflow connection that an integration names, on either side")
PORT = Arg(("--port",), type=int, default=8399, help="The browser comes back to http://localhost:PORT/callback (8399)")
NO_BROWSER = Arg(("--no-browser",), action="store_true", help="Only print the address of the consent")
PASTE = Arg(("--paste",), action="store_true", help="The address to which the browser was sent back is typed in here")
REDIRECT = Arg(("--redirect",), help="Another redirect address, registered with the app; implies --paste")
RATES_FILE = Arg(("file",), nargs="?", help="A CSV file with the columns employee, time_type, from, to, rate")


def _command(name: str, help: str, func: str, *args: Arg) -> ActionCommand:
    return ActionCommand(name=name, help=help, func=_lazily(func), args=args)


def _lazily(path: str) -> Callable[..., Any]:
    loaded: Callable[..., Any] = lazy_load_command(f"jobledger.commands.{path}")
    return loaded


APPROVALS = (
    _command("list", "What waits for an acceptance", "approvals.show", INTEGRATION),
    _command("send", "Send records for export or import", "approvals.send", INTEGRATION, FLOW, IDS),
    _command(
        "retrieve", "Take back what was sent, before it is accepted", "approvals.retrieve", INTEGRATION, FLOW, IDS
    ),
    _command(
        "accept",
        "Accept waiting records, as they are now",
        "approvals.accept",
        INTEGRATION,
        FLOW,
        IDS_OR_ALL,
        ALL_WAITING,
    ),
    _command("reject", "Reject waiting records", "approvals.reject", INTEGRATION, FLOW, IDS, REASON),
    _command("resend", "Send rejected records again", "approvals.send", INTEGRATION, FLOW, IDS),
    _command("grant", "Let a role accept and reject, under the FAB auth manager", "approvals.grant", ROLE),
)

LINKS = (
    _command("list", "Every link, as CSV", "links.show", INTEGRATION, KIND_OPTION),
    _command(
        "propose", "Records of both sides that may be the same", "links.propose_links", INTEGRATION, KIND, LINK_SURE
    ),
    _command("link", "Link two records", "links.link", INTEGRATION, KIND, PROCORE_ID, ACCOUNTING_ID),
    _command("unlink", "Take a link away", "links.unlink", INTEGRATION, KIND, PROCORE_ID),
    _command("archive", "Take a linked pair out of all runs", "links.archive", INTEGRATION, KIND, PROCORE_ID),
    _command("restore", "Bring an archived pair back", "links.restore", INTEGRATION, KIND, PROCORE_ID),
    _command("relink", "Lead a link to another record", "links.relink", INTEGRATION, KIND, PROCORE_ID, ACCOUNTING_ID),
    _command(
        "dismiss", "Say that two records differ", "links.dismiss", INTEGRATION, KIND, PROCORE_ID, ACCOUNTING_ID, WHY
    ),
    _command("put-away", "Neither propose nor carry records over", "links.put_away", INTEGRATION, KIND, SIDE, IDS),
    _command("bring-back", "Bring records back that were put away", "links.bring_back", INTEGRATION, KIND, SIDE, IDS),
    _command(
        "push",
        "Carry unlinked records to the other side",
        "links.push",
        INTEGRATION,
        KIND,
        SIDE,
        IDS_OR_ALL,
        ALL_UNLINKED,
    ),
    _command("refresh", "Read both sides of a kind anew, or one", "links.refresh", INTEGRATION, KIND, SIDES),
    _command("import", "Make the links of a CSV file, all or none", "links.import_csv", INTEGRATION, FILE, PREVIEW),
    _command("why", "Why a record takes part or not", "links.why", INTEGRATION, FLOW, IDS),
)

COST_CODES = (
    _command("add", "Add standard cost codes to a project", "cost_codes.add", INTEGRATION, PROJECT_ID, CODES),
    _command(
        "remove", "Take cost codes out of a project", "cost_codes.remove", INTEGRATION, PROJECT_ID, CODES_WITH_TYPES
    ),
)

RATES = (
    _command("list", "What an hour of each employee costs, from when to when", "labour.show", INTEGRATION),
    _command("import", "Keep the rates of a CSV file, all or none", "labour.import_csv", INTEGRATION, RATES_FILE),
    _command("export", "Every rate as CSV", "labour.export", INTEGRATION, RATES_FILE),
)

LABOUR = (GroupCommand("rates", "What an hour of each employee costs", RATES),)

REPORTS = (
    _command(
        "tieout", "Procore against the books, every difference explained", "report.tieout", INTEGRATION, BY, AS_CSV
    ),
    _command("job-costs", "Job to date costs by project and cost code", "report.job_costs", INTEGRATION, AS_CSV),
    _command("unsyncable", "Costs that stay in the books, and why", "report.unsyncable", INTEGRATION, AS_CSV),
    _command("transactions", "What the job costs are made of", "report.transactions", INTEGRATION, AS_CSV),
    _command("exported", "What went into the books, and as what", "report.exported", INTEGRATION, AS_CSV),
    _command(
        "acknowledge",
        "Note that an unexplained difference is known",
        "report.acknowledge",
        INTEGRATION,
        MEASURE,
        PROJECT_ID,
        COST_CODE,
        REASON,
    ),
)

COMMANDS = (
    _command(
        "run",
        "Run stages here and now, without a scheduler",
        "run.run",
        INTEGRATION,
        STAGES,
        PLAN,
        FULL,
        ONLY_PROJECTS,
        ONLY_RECORDS,
        SIDES,
        FROM,
        TO,
    ),
    _command(
        "doctor", "Check set-up and connections; print the go-live checklist", "doctor.doctor", INTEGRATION_OR_ALL
    ),
    _command(
        "connect",
        "Connect an app by consent, in a browser",
        "connect.connect",
        CONNECTION,
        PORT,
        NO_BROWSER,
        PASTE,
        REDIRECT,
    ),
    _command(
        "disconnect",
        "Pause all that uses a connection, take its consent or token back, say what remains",
        "connect.disconnect",
        ANY_CONNECTION,
    ),
    _command(
        "history",
        "What ran, and what became of a record",
        "history.history",
        INTEGRATION_OR_ALL,
        RECORD,
        RUN,
        OPEN,
        LAST_NIGHT,
    ),
    _command("dismiss", "Dismiss an open record", "history.dismiss", INTEGRATION, FLOW, IDS, REASON),
    _command(
        "release", "Release records that a rule holds, with a reason", "history.release", INTEGRATION, FLOW, IDS, REASON
    ),
    GroupCommand("report", "Tie-out, job costs, and what cannot be carried over", REPORTS),
    GroupCommand("approvals", "Send, accept and reject records", APPROVALS),
    GroupCommand("links", "See, make and take away links", LINKS),
    GroupCommand("cost-codes", "Standard cost codes in Procore's projects", COST_CODES),
    GroupCommand("labour", "What time costs", LABOUR),
    _command("prune", "Remove staging files and old rows that are not evidence", "prune.prune", INTEGRATION_OR_ALL),
)


def get_commands() -> list[GroupCommand]:
    """The command group `jobledger`, for Airflow's provider manager."""
    return [GroupCommand("jobledger", "Procore and the books in step", COMMANDS)]
