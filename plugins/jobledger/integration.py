"""An integration file as a typed, validated object: who is paired with whom, and every setting.

Defaults and their meaning are those of `docs/accounting.md`. A wrong file names itself, the path in it, what was
found and what is allowed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import Field, field_validator, model_validator

from jobledger.errors import JobledgerError
from jobledger.mapping.flow import NEVER, read_yaml, validated
from jobledger.mapping.paperwork import is_due_rule
from jobledger.settings import (
    Accounting,
    Approvals,
    Budget,
    Companies,
    CostCodes,
    Defaults,
    DirectCosts,
    Fallbacks,
    JobCosts,
    Labour,
    LineItems,
    Locations,
    Notices,
    Numbering,
    Outcome,
    Pex,
    Procore,
    Projects,
    Reports,
    Retainage,
    Schedules,
    Stage,
    Strict,
    Tax,
)


class Integration(Strict):
    """One Procore company paired with one accounting organisation, and every setting."""

    name: str = ""
    procore: Procore
    accounting: Accounting
    live: bool = Field(default=False, description="Every run is a plan until this is true (ACC-7).")
    cutover: date | None = Field(default=None, description="Documents before this day are opening balance (ACC-7).")
    fail_when: tuple[Outcome | Literal["unexplained"], ...] = Field(
        default=(),
        description="Outcomes that turn the last task of a run red; unexplained: a difference that nothing explains.",
    )
    schedules: Schedules = Schedules()
    stages: tuple[Stage, ...] = ("vendors_and_projects", "cost_codes_and_budget")
    approvals: Approvals = Approvals()
    notices: Notices = Notices()
    reports: Reports = Reports()
    numbering: Numbering = Numbering()
    companies: Companies = Companies()
    projects: Projects = Projects()
    cost_codes: CostCodes = CostCodes()
    line_items: LineItems = LineItems()
    locations: Locations = Locations()
    defaults: Defaults = Defaults()
    retainage: Retainage = Retainage()
    tax: Tax = Tax()
    fallbacks: Fallbacks = Fallbacks()
    job_costs: JobCosts = JobCosts()
    direct_costs: DirectCosts = DirectCosts()
    labour: Labour = Labour()
    pex: Pex = Pex()
    budget: Budget = Budget()
    bill_status: Literal["draft", "submitted", "authorised"] = "draft"
    purchase_order_status: Literal["draft", "submitted", "authorised"] = "draft"
    billed_orders: Literal["never", "when_closed"] = Field(
        default="never",
        description="when_closed: a purchase order is marked billed when its commitment is complete or closed and its"
        " approved invoices, each of them a bill, add up to it (ACC-30). Xero takes that of approved orders only.",
    )
    change_orders: Literal["lines", "own_order"] = Field(
        default="lines",
        description="lines: an approved change order joins the order of its commitment; own_order: it gets an order of"
        " its own, such as SC-014-CO2. QuickBooks only.",
    )
    change_order_on_billed_order: Literal["conflict", "new_order"] = "conflict"
    credits_as_payments: bool = False
    negative_invoices: Literal["invalid", "credit"] = Field(
        default="invalid",
        description="credit: an invoice below zero becomes a vendor credit, an owner's a credit memo (ACC-36). invalid:"
        " it is not exported (XER-109). QuickBooks only.",
    )
    invoice_attachments: bool = Field(
        default=False,
        description="The files on an exported subcontractor invoice are attached to its bill. QuickBooks only.",
    )
    currencies: Literal["allowed", "blocked"] = "blocked"
    due_date_rule: str | None = None
    closed_period: Literal["hold", "first_open_day"] = "hold"
    retention_years: int = Field(default=7, ge=7, description="How long evidence is kept (ACC-33).")

    @field_validator("cutover")
    @classmethod
    def _reasonable(cls, day: date | None) -> date | None:
        if day and not 2000 <= day.year <= 2100:
            raise ValueError("expected a day such as 2026-12-01")
        return day

    @field_validator("due_date_rule")
    @classmethod
    def _readable(cls, rule: str | None) -> str | None:
        if rule and not is_due_rule(rule):
            raise ValueError("expected a rule such as '30 days after bill date' or 'day 10 of following month'")
        return rule

    @model_validator(mode="after")
    def _books_can_do_it(self) -> Integration:
        wrong = _misfit(self)
        if wrong:
            raise ValueError(wrong)
        return self

    @model_validator(mode="after")
    def _live_has_a_cutover(self) -> Integration:
        if self.live and self.cutover is None:
            raise ValueError("live: true needs a cutover: documents before that day are opening balance (ACC-7)")
        return self

    @property
    def pair(self) -> str:
        """The integration's identity: Procore company, system and tenant. The file's name is not part of it."""
        return f"{self.procore.company_id}:{self.accounting.system}:{self.accounting.tenant_id}"

    def settings(self) -> dict[str, Any]:
        """Every setting as plain dictionaries under the names of the file, with what follows from others filled in."""
        stated = self.model_dump(mode="python", by_alias=True)
        carried = "commitments_and_change_orders" in self.stages
        stated["numbering"]["bills"] = self.numbering.bills or ("purchase_order" if carried else "invoice")
        if self.change_orders == "own_order":
            stated["change_order_on_billed_order"] = "new_order"
        _switch_lists(stated)
        return stated

    @property
    def timezone(self) -> ZoneInfo:
        """The integration's time zone."""
        return ZoneInfo(self.schedules.timezone)


_LINES = {
    "items": ("item", None),
    "accounts": ("category", None),
    "both": ("category", None),
    "classes": (None, "cost_code"),
}
"""Target of cost codes -> what lines must be made on, and what a class must mean (SMX-QBO-58, 61, 63)."""


_OWN_ITEMS = ("quickbooks_online", "items")
"""The system and the target of cost codes with which each project may have items of its own (XTR-33)."""


def _misfit(stated: Integration) -> str | None:
    """Settings that do not go together, in words; None where they do."""
    if wrong := _misplaced(stated):
        return wrong
    target, lines = stated.cost_codes.target, stated.line_items
    if stated.accounting.system == "xero" and target != "items":
        return f"cost_codes.target: {target}: Xero has items only"
    if stated.cost_codes.item_names != "code" and (stated.accounting.system, target) != _OWN_ITEMS:
        return f"cost_codes.item_names: {stated.cost_codes.item_names}: only QuickBooks with cost_codes.target: items"
    if stated.accounting.system == "xero" and stated.locations.on_documents:
        return "locations.on_documents: true: Xero has no locations"
    if stated.accounting.system == "xero" and stated.invoice_attachments:
        return "invoice_attachments: true: files are carried to QuickBooks only"
    if stated.accounting.system == "xero" and stated.negative_invoices == "credit":
        return "negative_invoices: credit: to Xero an invoice below zero is not exported (XER-109)"
    default, means = _LINES[target]
    if default and lines.default != default:
        return f"cost_codes.target: {target} needs line_items.default: {default}, found {lines.default}"
    if means and lines.class_means != means:
        return f"cost_codes.target: {target} needs line_items.class_means: {means}, found {lines.class_means}"
    taxed = stated.tax.mode != "no_tax"
    if stated.accounting.system == "quickbooks_online" and taxed != bool(stated.tax.default):
        found = (
            "needs tax.default, the tax code of lines without one"
            if taxed
            else "carries no tax: leave tax.default empty"
        )
        return f"tax.mode: {stated.tax.mode} {found}"
    return None


_OF_CARDS = ("vendors_and_projects", "cost_codes_and_budget", "card_purchases")
"""The stages of a card business; the last is no other system's."""


def _misplaced(stated: Integration) -> str | None:
    """A stage that the system does not have, in words."""
    system = stated.accounting.system
    for stage in stated.stages:
        if system == "pex" and stage not in _OF_CARDS:
            return f"stages: {stage}: PEX has {', '.join(_OF_CARDS)}"
        if system != "pex" and stage == _OF_CARDS[-1]:
            return f"stages: {stage}: only with accounting.system: pex"
    return None


def _switch_lists(stated: dict[str, Any]) -> None:
    """Which lists carry cost codes, cost types and tax codes, by what they are mapped to (SMX-QBO-43..74)."""
    codes, lines, tax = stated["cost_codes"], stated["line_items"], stated["tax"]
    target = codes["target"]
    codes["to_items"] = codes["export"] if target in {"items", "both"} else NEVER
    codes["to_accounts"] = codes["export"] if target in {"accounts", "both"} else NEVER
    codes["to_classes"] = "all" if target == "classes" else NEVER
    lines["cost_types"] = "sent" if lines["class_means"] == "cost_type" else NEVER
    tax["linked"] = NEVER if tax["mode"] == "no_tax" else "all"
    _switch_tags(stated["pex"])


def _switch_tags(pex: dict[str, Any]) -> None:
    """Which options and purchases are carried, by the five switches (PEX-19..27)."""
    chosen = "named_projects" if pex["projects"] != "all" else NEVER
    pex["project_options"] = "all" if pex["projects_tag"] else chosen
    has_both = pex["cost_codes_tag"] and pex["project_options"] != NEVER
    pex["cost_code_rules"] = "of_tagged_projects" if has_both else NEVER
    pex["carries"] = NEVER if pex["purchases"] == "never" else "all"
    pex["receipts_carried"] = "of_carried_purchases" if pex["receipts"] and pex["carries"] != NEVER else NEVER


@dataclass(frozen=True)
class BrokenIntegration:
    """A file that could not be read: it stops only itself, and says why."""

    name: str
    error: str


def load_integration(file: Path) -> Integration:
    """Reads one integration file. Raises `FixTheSetup` naming file, path, what was found and what is allowed."""
    content = read_yaml(file)
    return validated(Integration, {**content, "name": file.stem} if isinstance(content, dict) else content, file)


def lines_of(file: Path) -> dict[str, int]:
    """The line of a file on which each setting stands, by its path such as `accounting.tenant_id`."""
    return dict(_lines("", yaml.compose(file.read_text(encoding="utf-8"), yaml.SafeLoader)))


def _lines(path: str, node: yaml.Node | None) -> Iterator[tuple[str, int]]:
    if not isinstance(node, yaml.MappingNode):
        return
    for key, value in node.value:
        name = f"{path}.{key.value}" if path else str(key.value)
        yield name, key.start_mark.line + 1
        yield from _lines(name, value)


def load_integrations(folder: Path) -> list[Integration | BrokenIntegration]:
    """All integration files of a folder, the broken ones with their error.

    Two files with one pair are both broken, two QuickBooks companies of one Procore company too (XTR-35), and so is a
    file that ends in .yml.
    """
    loaded = [_load(file) for file in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])]
    stated = [entry for entry in loaded if isinstance(entry, Integration)]
    return [_unless_in_the_way(entry, stated) if isinstance(entry, Integration) else entry for entry in loaded]


def _load(file: Path) -> Integration | BrokenIntegration:
    if file.suffix == ".yml":
        return BrokenIntegration(file.stem, f"{file}: ends in .yml. Name it {file.stem}.yaml.")
    try:
        return load_integration(file)
    except JobledgerError as error:
        return BrokenIntegration(file.stem, str(error))


def _unless_in_the_way(entry: Integration, stated: list[Integration]) -> Integration | BrokenIntegration:
    wrong = _doubled(entry, stated) or _second_company(entry, stated)
    return BrokenIntegration(entry.name, wrong) if wrong else entry


def _doubled(entry: Integration, stated: list[Integration]) -> str | None:
    files = [f"{other.name}.yaml" for other in stated if other.pair == entry.pair]
    if len(files) < 2:
        return None
    return (
        f"{' and '.join(files)} name the same pair {entry.pair}. One Procore company and one organisation are one"
        " integration: remove one of the files."
    )


def _second_company(entry: Integration, stated: list[Integration]) -> str | None:
    """Two QuickBooks companies on one Procore company (XTR-35). A Xero id is one of a kind, a QuickBooks id is not."""
    system, company = entry.accounting.system, entry.procore.company_id
    others = [one for one in stated if (one.accounting.system, one.procore.company_id) == (system, company)]
    if system != "quickbooks_online" or len({one.accounting.tenant_id for one in others}) < 2:
        return None
    files = " and ".join(f"{one.name}.yaml (accounting.tenant_id {one.accounting.tenant_id})" for one in others)
    return (
        f"{files} pair Procore company {company} with different QuickBooks companies. Both number their records from"
        " 1, and a Procore record has room for one number: the records of one company would be taken for the other's."
        " Keep one of the files; a second QuickBooks company needs a Procore company of its own."
    )
