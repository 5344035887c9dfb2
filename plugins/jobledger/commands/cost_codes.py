"""`airflow jobledger cost-codes add`: standard cost codes into a Procore project (XER-33), with cost types (XER-36)."""

from __future__ import annotations

from typing import Any

from jobledger import platform
from jobledger.commands.screen import plain_errors, say
from jobledger.errors import FixTheSetup
from jobledger.integration import Integration
from jobledger.systems.base import Window
from jobledger.systems.procore.project_codes import ProjectCodes, Wanted
from jobledger.systems.procore.system import Procore


@plain_errors
def add(args: Any) -> None:
    """Adds codes such as `03-300` or `03-300.S` to a project; without a type, the settings say which."""
    paired = platform.integration(args.integration)
    if not paired.live:
        raise FixTheSetup(paired.name, "is not live, so nothing is written.", "Set `live: true` when it is ready.")
    wanted = [wanted_of(paired, text) for text in args.codes]
    procore = platform.systems(paired)["procore"]
    assert isinstance(procore, Procore)
    standard = [row for page in procore.read("standard_cost_codes", Window()) for row in page.rows]
    refused = ProjectCodes(procore.api, int(args.project_id)).add(standard, wanted)
    say(f"added to project {args.project_id}: {', '.join(f'{one.code}.{one.cost_type}' for one in wanted)}")
    if refused:
        raise FixTheSetup("Procore", f"refused some: {'; '.join(refused)}.", "Mend them and run the command again.")


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
