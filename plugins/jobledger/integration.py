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
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from jobledger.errors import JobledgerError
from jobledger.mapping.flow import NEVER, Owner, read_yaml, validated
from jobledger.mapping.paperwork import is_due_rule

Approval = Literal["required", "automatic"]
Outcome = Literal["waiting", "blocked", "invalid", "conflict", "failed", "unknown"]
Stage = Literal[
    "vendors_and_projects",
    "cost_codes_and_budget",
    "commitments_and_change_orders",
    "invoices_and_payments",
    "job_costs",
    "time",
]


LABELS = {"procore": "Procore", "xero": "Xero", "quickbooks_online": "QuickBooks"}
"""What people call the systems."""

KINDS = (
    "companies",
    "projects",
    "cost_codes",
    "standard_cost_codes",
    "cost_code_accounts",
    "cost_code_classes",
    "cost_types",
    "tax_codes",
    "locations",
    "employees",
    "expenses",
    "owner_invoices",
    "receipts",
    "time_activities",
    "commitments",
    "change_orders",
    "invoices",
    "payments",
    "billed_orders",
    "job_costs",
    "labour_costs",
)
"""The kinds of records for which `approvals` may say something."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Procore(_Strict):
    """The Procore company, and the Airflow connection that leads to it."""

    connection: str
    company_id: int
    projects: Literal["all"] | tuple[int, ...] = "all"


class Accounting(_Strict):
    """The accounting organisation, and the Airflow connection that leads to it."""

    system: Literal["xero", "quickbooks_online"]
    connection: str
    tenant_id: str = Field(description="The organisation's id; `airflow jobledger doctor` prints it.")
    project_tracking_category: str | None = Field(
        default=None, description="The Xero tracking category whose options are projects (XER-116)."
    )

    @field_validator("tenant_id")
    @classmethod
    def _one_way_to_write_it(cls, tenant_id: str) -> str:
        # the id is part of the pair: two ways to write one organisation would be two pairs
        return tenant_id.strip().lower()


class Schedules(_Strict):
    """When the stages run (XER-81)."""

    nightly: str | None = "0 2 * * *"
    timezone: str = "UTC"
    job_costs: Literal["daily", "on_demand"] = Field(
        default="daily",
        description="daily: after the night's invoices; on_demand: only when somebody starts it.",
    )
    payments: Literal["nightly", "on_demand"] = Field(
        default="nightly", description="nightly: after the invoices; on_demand: only in runs that somebody starts."
    )

    @field_validator("timezone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ValueError, OSError, ZoneInfoNotFoundError):
            raise ValueError("expected a time zone such as America/Denver") from None
        return name


class Approvals(BaseModel):
    """Whether a person accepts each document before it goes out (XER-82), by kind; `automatic` is direct export."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, Approval] = Field(init=False)

    default: Approval = "required"
    separation_of_duties: bool = Field(default=False, description="Nobody accepts what they have sent (ACC-34).")

    @model_validator(mode="after")
    def _kinds_are_known(self) -> Approvals:
        unknown = sorted(set(self.__pydantic_extra__ or {}) - set(KINDS))
        if unknown:
            raise ValueError(f"there is no kind {', '.join(unknown)}; kinds are {', '.join(KINDS)}")
        return self

    def needed(self, kind: str) -> bool:
        """Whether records of this kind wait for an acceptance."""
        return (self.__pydantic_extra__ or {}).get(kind, self.default) == "required"


class Notices(_Strict):
    """Who is told of what waits and of rejections, and how (XER-100, XER-101)."""

    notifier: str | None = Field(
        default=None,
        description="The dotted path of an Airflow notifier; unset: nobody is told."
        " airflow.providers.smtp.notifications.smtp.SmtpNotifier sends mail.",
    )
    options: dict[str, str] = Field(
        default={"to": "{to}", "subject": "{subject}", "html_content": "<pre>{html}</pre>"},
        description="What the notifier is made with; {to}, {subject}, {text} and {html} (escaped text) are filled in.",
    )
    people: dict[str, str] = Field(default_factory=dict, description="User name -> address.")
    digest: tuple[str, ...] = Field(
        default=(), description="Who gets the daily digest of what waits; whoever is taken off the list gets none."
    )
    daily: str = Field(default="0 7 * * *", description="When the digest is sent, in the time zone of `schedules`.")

    @model_validator(mode="after")
    def _addresses_are_known(self) -> Notices:
        unknown = sorted(set(self.digest) - set(self.people))
        if unknown:
            raise ValueError(f"`people` has no address of {', '.join(unknown)}")
        return self


class Reports(_Strict):
    """Who sees which projects' amounts in the reports (XER-77)."""

    readers: dict[str, Literal["all"] | tuple[int, ...]] = Field(
        default_factory=dict,
        description="User name -> ids of Procore projects, or all. Empty: whoever may read the integration sees every"
        " project; else who is not named sees none. The costs that were not carried over are open to all.",
    )


class CompanyOwners(_Strict):
    """Who may change a company's fields once it is linked (ACC-6, XTR-18)."""

    name: Owner = "procore"
    address: Owner = "none"
    phone: Owner = "procore"
    fax: Owner = "procore"


class Companies(_Strict):
    """Which companies are carried over (ACC-9), and whether the books may change Procore's (QBD-15, QBD-16)."""

    export: Literal["used_on_commitments", "all", "sent"] = "used_on_commitments"
    imports: Literal["on_request", "all"] = Field(default="on_request", alias="import")
    update_from_accounting: bool = False
    owners: CompanyOwners = CompanyOwners()


class ProjectOwners(_Strict):
    """Who may change a project's name once it is linked (ACC-5)."""

    name: Owner = "procore"


class Projects(_Strict):
    """Which projects are carried over (ACC-9)."""

    export: Literal["sent", "all"] = "sent"
    imports: Literal["on_request", "all"] = Field(default="on_request", alias="import")
    customer_field: str = "Customer"
    owners: ProjectOwners = ProjectOwners()


class CostCodes(_Strict):
    """How cost codes reach the books (XER-35, XER-36, SMX-QBO-43..70)."""

    target: Literal["items", "accounts", "both", "classes"] = "items"
    export: Literal["used_in_projects", "sent"] = "used_in_projects"
    imports: Literal["on_request", "all"] = Field(default="on_request", alias="import")
    import_list: str | None = Field(default=None, description="The Procore standard cost code list that imports join.")
    default_cost_types: dict[str, str] = Field(default_factory=dict)
    default_cost_type: str | None = None
    item_names: Literal["code", "project_and_code"] = Field(
        default="code",
        description="code: one item for all projects, such as 03-300.S; project_and_code: each project has items of its"
        " own, such as T100-03-300.S (XTR-33). QuickBooks only, with target: items.",
    )
    sub_jobs: Literal["blocked", "ignore"] = "blocked"


class LineItems(_Strict):
    """What a document's line is made on (SMX-QBO-58, 61, 63, 95, 96)."""

    default: Literal["item", "category"] = "item"
    class_means: Literal["cost_type", "cost_code"] = "cost_type"


class Locations(_Strict):
    """The location of documents in QuickBooks (SMX-QBO-13, SMX-QBO-101)."""

    on_documents: bool = Field(
        default=False,
        description="Each document carries the location that is linked with the department of its project in Procore;"
        " without the link it waits. Nothing where QuickBooks tracks no locations. QuickBooks only.",
    )


class Defaults(_Strict):
    """Accounts of new items (ACC-3)."""

    purchase_account: str | None = None
    income_account: str | None = None


class Retainage(_Strict):
    """Where retainage is booked (ACC-18, QBD-17)."""

    item: str | None = None
    payable_held: str | None = None
    payable_released: str | None = None
    receivable_held: str | None = None
    receivable_released: str | None = None
    tax_type: str | None = None


class Tax(_Strict):
    """How tax is written (ACC-26)."""

    mode: Literal["no_tax", "exclusive", "inclusive"] = "no_tax"
    default: str | None = Field(default=None, description="The tax type of lines without a tax code.")
    codes: dict[str, str] = Field(
        default_factory=dict, description="Id of a Procore tax code -> tax type in the books, such as INPUT."
    )


class Fallbacks(_Strict):
    """Codes for lines that are not mapped (SMX-QBO-97..100)."""

    invoice_code: str | None = None
    bill_code: str | None = None
    procore_bill_code: str | None = None
    procore_payroll_code: str | None = None


class JobCosts(_Strict):
    """Costs that began in the books (XER-83..85, ACC-24, ACC-25)."""

    projects: Literal["all"] | tuple[int, ...] = "all"
    edit_synced: bool = False
    exclude_accounts: tuple[str, ...] = ()
    import_exported_bills: bool = False


class DirectCosts(_Strict):
    """Costs that began in Procore (SMX-QBO-85)."""

    export_expenses: bool = False


class Labour(_Strict):
    """Time and labour cost (SMX-QBO-77..82)."""

    time_activities: bool = False
    costing: bool = Field(default=False, description="Approved time × rate becomes a payroll direct cost in Procore.")
    cost_type: str = Field(default="L", description="The cost type of time that names none.")


class Budget(_Strict):
    """The Procore budget (QBD-9..14)."""

    add_new_cost_codes: bool = False
    direct_cost_columns: Literal["read_only", "editable"] = "read_only"
    hide_job_to_date: bool = False


class Numbering(_Strict):
    """Where a document's number comes from (XER-98, QBD-6..8)."""

    commitments: Literal["procore_number"] = "procore_number"
    bills: Literal["purchase_order", "invoice"] | None = Field(
        default=None,
        description="The reference of a bill (XER-167). Unset: the order's number where commitments are carried, else"
        " the invoice's.",
    )


class Integration(_Strict):
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
    target, lines = stated.cost_codes.target, stated.line_items
    if stated.accounting.system == "xero" and target != "items":
        return f"cost_codes.target: {target}: Xero has items only"
    if stated.cost_codes.item_names != "code" and (stated.accounting.system, target) != _OWN_ITEMS:
        return f"cost_codes.item_names: {stated.cost_codes.item_names}: only QuickBooks with cost_codes.target: items"
    if stated.accounting.system == "xero" and stated.locations.on_documents:
        return "locations.on_documents: true: Xero has no locations"
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


def _switch_lists(stated: dict[str, Any]) -> None:
    """Which lists carry cost codes, cost types and tax codes, by what they are mapped to (SMX-QBO-43..74)."""
    codes, lines, tax = stated["cost_codes"], stated["line_items"], stated["tax"]
    target = codes["target"]
    codes["to_items"] = codes["export"] if target in {"items", "both"} else NEVER
    codes["to_accounts"] = codes["export"] if target in {"accounts", "both"} else NEVER
    codes["to_classes"] = "all" if target == "classes" else NEVER
    lines["cost_types"] = "sent" if lines["class_means"] == "cost_type" else NEVER
    tax["linked"] = NEVER if tax["mode"] == "no_tax" else "all"


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
