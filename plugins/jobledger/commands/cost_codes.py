"""`airflow jobledger cost-codes add` and `remove`: which standard cost codes a Procore project has (XER-33, XER-38)."""

from __future__ import annotations

from typing import Any

from jobledger import platform
from jobledger.commands.screen import plain_errors, say
from jobledger.errors import FixTheSetup
from jobledger.integration import Integration
from jobledger.store import ledger
from jobledger.store.engine import reading
from jobledger.systems.base import Window
from jobledger.systems.procore.project_codes import ProjectCodes, Wanted
from jobledger.systems.procore.system import Procore


@plain_errors
def add(args: Any) -> None:
    """Adds codes such as `03-300` or `03-300.S` to a project; without a type, the settings say which (XER-36)."""
    paired = _live(args.integration)
    wanted = [wanted_of(paired, text) for text in args.codes]
    procore = _procore(paired)
    standard = [row for page in procore.read("standard_cost_codes", Window()) for row in page.rows]
    project = ProjectCodes(procore.api, int(args.project_id))
    refused = project.add(standard, wanted)
    if refused:
        raise FixTheSetup("Procore", f"refused some: {'; '.join(refused)}.", "Mend them and run the command again.")
    codes = [f"{one.code}.{one.cost_type}" for one in wanted]
    project.set_status(codes, "active")
    say(f"added to project {args.project_id}: {', '.join(codes)}")


@plain_errors
def remove(args: Any) -> None:
    """Makes codes such as `03-300.S` inactive in a project that does not need them, all or none (XER-38)."""
    paired, codes = _live(args.integration), list(args.codes)
    with reading(platform.engine()) as connection:
        used = ledger.on_codes(connection, paired.pair, str(args.project_id), codes)
    project = ProjectCodes(_procore(paired).api, int(args.project_id))
    for reason, found in (("documents stand on", used), ("its budget has", project.budgeted(codes))):
        if found:
            here = f"{reason} {', '.join(sorted(found))}."
            raise FixTheSetup(f"project {args.project_id}", here, "Move them to another code first, or leave it out.")
    if unknown := project.set_status(codes, "inactive"):
        here = f"has no {', '.join(unknown)}."
        raise FixTheSetup(f"project {args.project_id}", here, "Write codes with their cost type, such as 03-300.S.")
    say(f"taken out of project {args.project_id}: {', '.join(codes)}; Procore keeps each as inactive")


def _live(name: str) -> Integration:
    paired = platform.integration(name)
    if not paired.live:
        raise FixTheSetup(paired.name, "is not live, so nothing is written.", "Set `live: true` when it is ready.")
    return paired


def _procore(paired: Integration) -> Procore:
    procore = platform.systems(paired)["procore"]
    assert isinstance(procore, Procore)
    return procore


def wanted_of(paired: Integration, text: str) -> Wanted:
    """A code with its cost type. Raises `FixTheSetup` where neither the text nor a setting names the type."""
    code, dot, cost_type = text.rpartition(".")
    if dot:
        return Wanted(code, cost_type)
    settings = paired.cost_codes
    chosen = settings.default_cost_types.get(text) or settings.default_cost_type
    if not chosen:
        raise FixTheSetup(
            f"cost code {text}",
            "has no cost type.",
            f"Write {text}.S, or set cost_codes.default_cost_types or cost_codes.default_cost_type.",
        )
    return Wanted(text, chosen)
