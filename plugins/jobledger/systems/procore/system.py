"""Procore as a `System`: one company, connected for one integration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import IO, Any, Protocol

from jobledger.errors import Finding
from jobledger.systems.base import (
    Capabilities,
    Entity,
    Page,
    Record,
    StepDone,
    Window,
    Write,
    WriteResult,
    unheard,
)
from jobledger.systems.client import Client
from jobledger.systems.procore import checks, checks_of_purchases
from jobledger.systems.procore.api import COMPANY_HEADER, Api
from jobledger.systems.procore.attachments import InvoiceAttachments, opened
from jobledger.systems.procore.authors import author
from jobledger.systems.procore.change_orders import ChangeOrders
from jobledger.systems.procore.codes import CostCodes
from jobledger.systems.procore.contracts import Commitments
from jobledger.systems.procore.cost_files import CostFiles
from jobledger.systems.procore.direct_costs import DirectCosts
from jobledger.systems.procore.directory import DirectoryWrites
from jobledger.systems.procore.entities import ENTITIES
from jobledger.systems.procore.expenses import Expenses
from jobledger.systems.procore.invoices import Invoices
from jobledger.systems.procore.lists import company_lists
from jobledger.systems.procore.marks import Marks
from jobledger.systems.procore.owner_side import OwnerInvoices, PaymentsReceived, PrimeContracts
from jobledger.systems.procore.payments import Payments
from jobledger.systems.procore.plain_codes import PlainCodeRows, PlainCodes
from jobledger.systems.procore.projects import Permitted
from jobledger.systems.procore.reading import Reading
from jobledger.systems.procore.reads import Projects, Readable, StandardCostCodes, Vendors
from jobledger.systems.procore.timecards import Timecards

MARK = frozenset({"origin_id", "origin_data"})
"""The fields of a mark; commitments and change orders also have an origin_code (PRC-API-16)."""


_IN_PROJECTS = frozenset({"timecards", "prime_contracts", "invoice_attachments", "project_cost_codes"})
"""What is in projects and not written."""


class Writable(Protocol):
    """How one kind of document is written."""

    def write(self, writes: Sequence[Write], note: StepDone) -> list[WriteResult]:
        """As `System.write`."""
        ...


class Procore:
    """One Procore company."""

    name = "procore"
    entities: Mapping[str, Entity] = ENTITIES
    capabilities = Capabilities(late_commit=timedelta(minutes=15), concurrency=4)

    def __init__(
        self, client: Client, company_id: int, reading: Reading | None = None, known: int | None = None
    ) -> None:
        reading = reading or Reading()
        ignore_sub_jobs = reading.ignore_sub_jobs
        client.headers = {**client.headers, COMPANY_HEADER: str(company_id)}
        self.api = Api(client, company_id)
        self._reading = reading
        self._known = known
        self._permitted = Permitted(self.api, reading.projects)
        standard, vendors = StandardCostCodes(self.api), Vendors(self.api)
        projects = Projects(self.api, reading.customer_field, reading.departments)
        commitments = Commitments(self._permitted, ignore_sub_jobs)
        change_orders = ChangeOrders(self._permitted, ignore_sub_jobs)
        invoices = Invoices(self._permitted, ignore_sub_jobs)
        payments, direct_costs = Payments(self._permitted), DirectCosts(self._permitted, standard, vendors)
        expenses = Expenses(self._permitted, standard, vendors, ignore_sub_jobs)
        cost_files = CostFiles(self._permitted)
        owner_invoices = OwnerInvoices(self._permitted, ignore_sub_jobs)
        received = PaymentsReceived(self._permitted)
        plain = PlainCodes(self.api, self._permitted, standard, ignore_sub_jobs)
        self._projects = projects
        self._of: dict[str, Readable] = {
            "vendors": vendors,
            "projects": projects,
            "standard_cost_codes": standard,
            **company_lists(self.api),
            "cost_codes": CostCodes(self.api, self._permitted, standard, ignore_sub_jobs, reading.own_codes),
            "plain_cost_codes": PlainCodeRows(plain, lambda found: found.codes),
            "project_cost_codes": PlainCodeRows(plain, lambda found: found.projects),
            "commitments": commitments,
            "change_orders": change_orders,
            "invoices": invoices,
            "invoice_attachments": InvoiceAttachments(self._permitted),
            "payments": payments,
            "direct_costs": direct_costs,
            "direct_cost_attachments": cost_files,
            "expenses": expenses,
            "prime_contracts": PrimeContracts(self._permitted),
            "owner_invoices": owner_invoices,
            "payments_received": received,
            "timecards": Timecards(self._permitted, ignore_sub_jobs),
        }
        self._directory = DirectoryWrites(self.api, self._of, standard, reading.import_list)
        self._documents: dict[str, Writable] = {
            "commitments": Marks(commitments, "commitment", MARK | {"origin_code"}),
            "change_orders": Marks(change_orders, "change order", MARK | {"origin_code"}, "change_order"),
            "invoices": Marks(invoices, "subcontractor invoice", MARK, "requisition"),
            "payments": payments,
            "direct_costs": direct_costs,
            "direct_cost_attachments": cost_files,
            "expenses": Marks(expenses, "direct cost", MARK, "direct_cost"),
            "owner_invoices": Marks(owner_invoices, "owner invoice", MARK, "payment_application"),
            "payments_received": received,
        }

    def read(self, entity: str, window: Window) -> Iterator[Page]:
        """The records of a list, inactive ones included."""
        return self._of[entity].read(window)

    def fetch(self, entity: str, ids: Sequence[str]) -> list[Record]:
        """The records with these ids."""
        return self._of[entity].fetch(ids) if ids else []

    def find(self, entity: str, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """The records with our mark or, without a mark, with the natural key."""
        return self._of[entity].find(mark, natural_key)

    def facts(self, entity: str) -> Record:
        """Of direct costs `closed_until` (ISO date), where it is set; else documents come from Procore as they are."""
        closed = self._reading.closed_until if entity == "direct_costs" else None
        return {"closed_until": closed.isoformat()} if closed else {}

    def places(self, entity: str) -> Mapping[str, bool] | None:
        """For documents, the permitted projects; the lists of closed ones are not read."""
        if entity not in self._documents and entity not in _IN_PROJECTS:
            return None
        return {str(one["id"]): bool(one.get("active", True)) for one in self._permitted.projects(status="All")}

    def write(self, entity: str, writes: Sequence[Write], key: str, note: StepDone = unheard) -> list[WriteResult]:
        """Sends one batch. Procore documents no idempotency key: `key` is not sent."""
        documents = self._documents.get(entity)
        return documents.write(writes, note) if documents else self._directory.write(entity, writes)

    def file(self, address: str, most: int) -> AbstractContextManager[IO[bytes]]:
        """The file at an address that an attachment names."""
        return opened(self.api.client, address, most)

    def author(self, entity: str, record_id: str, project: str) -> str | None:
        """The mail address of whoever made a commitment or change order."""
        return author(self.api, entity, record_id, project)

    def check(self) -> list[Finding]:
        """Connection, permissions, permitted projects, other integrations' origin ids, and what the settings need."""
        found = checks.findings(self.api, self._known, self._permitted, self._of)
        return [*found, *self._needed()] if len(found) > 1 else found

    def _needed(self) -> Iterator[Finding]:
        """What the integration's settings want of Procore."""
        reading = self._reading
        if reading.customer_field:
            yield checks.check_customer_field(self._projects, reading.customer_field)
        if reading.tools:
            yield from checks_of_purchases.check_tools(self.api, self._permitted, reading.tools)
        if reading.needs_vendor or reading.vendor is not None:
            yield checks_of_purchases.check_vendor(self._of["vendors"], reading.vendor)
