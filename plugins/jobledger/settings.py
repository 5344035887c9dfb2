"""The settings of an integration, group by group; each class is one group of the file, with its defaults.

What each of them does to the books is told in `docs/accounting.md`.
"""

from __future__ import annotations

from datetime import date
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from jobledger.mapping.flow import Owner

Approval = Literal["required", "automatic"]
Outcome = Literal["waiting", "blocked", "invalid", "conflict", "failed", "unknown"]
Stage = Literal[
    "vendors_and_projects",
    "cost_codes_and_budget",
    "commitments_and_change_orders",
    "invoices_and_payments",
    "job_costs",
    "time",
    "card_purchases",
]

BACKFILLED: tuple[Stage, ...] = ("job_costs", "card_purchases")
"""The stages whose documents can be read again by their dates."""


LABELS = {"procore": "Procore", "xero": "Xero", "quickbooks_online": "QuickBooks", "pex": "PEX"}
"""What people call the systems."""

BY_TOKEN = ("pex",)
"""The systems whose connection holds a token and nothing else."""

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
    "invoice_attachments",
    "payments",
    "billed_orders",
    "job_costs",
    "labour_costs",
    "cost_code_rules",
    "purchases",
    "purchase_receipts",
)
"""The kinds of records for which `approvals` may say something."""


class Strict(BaseModel):
    """A group of settings: it cannot be changed, and a name that it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Procore(Strict):
    """The Procore company, and the Airflow connection that leads to it."""

    connection: str
    company_id: int
    projects: Literal["all"] | tuple[int, ...] = "all"


class Accounting(Strict):
    """The accounting organisation or card business, and the Airflow connection that leads to it."""

    system: Literal["xero", "quickbooks_online", "pex"]
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


class Schedules(Strict):
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


class Notices(Strict):
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


class Reports(Strict):
    """Who sees which projects' amounts in the reports (XER-77)."""

    readers: dict[str, Literal["all"] | tuple[int, ...]] = Field(
        default_factory=dict,
        description="User name -> ids of Procore projects, or all. Empty: whoever may read the integration sees every"
        " project; else who is not named sees none. The costs that were not carried over are open to all.",
    )


class CompanyOwners(Strict):
    """Who may change a company's fields once it is linked (ACC-6, XTR-18)."""

    name: Owner = "procore"
    address: Owner = "none"
    phone: Owner = "procore"
    fax: Owner = "procore"


class Companies(Strict):
    """Which companies are carried over (ACC-9), and whether the books may change Procore's (QBD-15, QBD-16)."""

    export: Literal["used_on_commitments", "all", "sent"] = "used_on_commitments"
    imports: Literal["on_request", "all"] = Field(default="on_request", alias="import")
    update_from_accounting: bool = False
    owners: CompanyOwners = CompanyOwners()


class ProjectOwners(Strict):
    """Who may change a project's name once it is linked (ACC-5)."""

    name: Owner = "procore"


class Projects(Strict):
    """Which projects are carried over (ACC-9)."""

    export: Literal["sent", "all"] = "sent"
    imports: Literal["on_request", "all"] = Field(default="on_request", alias="import")
    customer_field: str = "Customer"
    owners: ProjectOwners = ProjectOwners()


class CostCodes(Strict):
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


class LineItems(Strict):
    """What a document's line is made on (SMX-QBO-58, 61, 63, 95, 96)."""

    default: Literal["item", "category"] = "item"
    class_means: Literal["cost_type", "cost_code"] = "cost_type"


class Locations(Strict):
    """The location of documents in QuickBooks (SMX-QBO-13, SMX-QBO-101)."""

    on_documents: bool = Field(
        default=False,
        description="Each document carries the location that is linked with the department of its project in Procore;"
        " without the link it waits. Nothing where QuickBooks tracks no locations. QuickBooks only.",
    )


class Defaults(Strict):
    """Accounts of new items (ACC-3)."""

    purchase_account: str | None = None
    income_account: str | None = None


class Retainage(Strict):
    """Where retainage is booked (ACC-18, QBD-17)."""

    item: str | None = None
    payable_held: str | None = None
    payable_released: str | None = None
    receivable_held: str | None = None
    receivable_released: str | None = None
    tax_type: str | None = None


class Tax(Strict):
    """How tax is written (ACC-26)."""

    mode: Literal["no_tax", "exclusive", "inclusive"] = "no_tax"
    default: str | None = Field(default=None, description="The tax type of lines without a tax code.")
    codes: dict[str, str] = Field(
        default_factory=dict, description="Id of a Procore tax code -> tax type in the books, such as INPUT."
    )


class Fallbacks(Strict):
    """Codes for lines that are not mapped (SMX-QBO-97..100)."""

    invoice_code: str | None = None
    bill_code: str | None = None
    procore_bill_code: str | None = None
    procore_payroll_code: str | None = None


class JobCosts(Strict):
    """Costs that began in the books (XER-83..85, ACC-24, ACC-25)."""

    projects: Literal["all"] | tuple[int, ...] = "all"
    edit_synced: bool = False
    exclude_accounts: tuple[str, ...] = ()
    import_exported_bills: bool = False


class DirectCosts(Strict):
    """Costs that began in Procore (SMX-QBO-85)."""

    export_expenses: bool = False


class Labour(Strict):
    """Time and labour cost (SMX-QBO-77..82)."""

    time_activities: bool = False
    costing: bool = Field(default=False, description="Approved time × rate becomes a payroll direct cost in Procore.")
    cost_type: str = Field(default="L", description="The cost type of time that names none.")


class PexTags(Strict):
    """The dropdown tags of PEX that take part, each by its name or its id (PEX-11)."""

    projects: str = "Projects"
    cost_codes: str = "Cost codes"
    cost_types: str = "Cost types"

    @model_validator(mode="after")
    def _are_three(self) -> PexTags:
        if len({name.strip().casefold() for name in (self.projects, self.cost_codes, self.cost_types)}) < 3:
            raise ValueError("two of them are the same tag: projects, cost codes and cost types need one each")
        return self


class Pex(Strict):
    """What is carried between Procore and PEX cards: five switches, and on whom purchases are booked (PEX-19..30)."""

    projects_tag: bool = Field(default=True, description="All Procore projects become options of the projects tag.")
    cost_codes_tag: bool = Field(default=True, description="Cost codes become options of the cost codes tag.")
    cost_types_tag: bool = Field(default=True, description="Cost types become options of the cost types tag.")
    purchases: Literal["all", "approved_only", "never"] = Field(
        default="approved_only",
        description="Which settled purchases become direct costs; approved_only: those that were reviewed in PEX.",
    )
    receipts: bool = Field(default=True, description="Receipts are attached to the direct cost of their purchase.")
    projects: Literal["all"] | tuple[int, ...] = Field(
        default="all", description="With projects_tag: false, the ids of the Procore projects that become options."
    )
    vendor: int | None = Field(
        default=None, description="Id of the Procore company on which all purchases are booked; it has to exist."
    )
    tags: PexTags = PexTags()
    look_back_days: int = Field(
        default=60, ge=1, le=365, description="How far back each run looks for purchases that were edited in PEX."
    )
    closed_until: date | None = Field(
        default=None, description="The last day of the books' closed periods: see `closed_period` (ACC-28)."
    )


class Budget(Strict):
    """The Procore budget (QBD-9..14)."""

    add_new_cost_codes: bool = False
    direct_cost_columns: Literal["read_only", "editable"] = "read_only"
    hide_job_to_date: bool = False


class Numbering(Strict):
    """Where a document's number comes from (XER-98, QBD-6..8)."""

    commitments: Literal["procore_number"] = "procore_number"
    bills: Literal["purchase_order", "invoice"] | None = Field(
        default=None,
        description="The reference of a bill (XER-167). Unset: the order's number where commitments are carried, else"
        " the invoice's.",
    )
