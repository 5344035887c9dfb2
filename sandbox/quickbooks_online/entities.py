"""The entities and the rules of each: the table that reads, writes, queries and control routes work from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.quickbooks_online import (
    attachments,
    buying,
    company,
    documents,
    journal,
    lists,
    names,
    orders,
    paying,
    selling,
)
from sandbox.quickbooks_online.books import TYPES, Books, How
from sandbox.quickbooks_online.kinds import Struct
from sandbox.quickbooks_online.schema import STRUCTS
from sandbox.world import Record

Finish = Callable[[Books, Record, Record | None, How], Record]
Saved = Callable[[Books, Record, Record | None, How], None]


def _as_stored(books: Books, record: Record) -> Record:
    return record


@dataclass(frozen=True)
class Entity:
    """One entity.

    `finish` checks a record and completes it; `saved` and `removed` pass a change on to others. `filters` can stand in
    a WHERE or an ORDERBY. `always` has to be in every write, sparse ones too. `deletes`: an app may delete it; lists
    are made inactive instead. `voided` gives the void record; `by_update`: it is voided as an update.
    """

    name: str
    finish: Finish
    filters: str = ""
    always: tuple[str, ...] = ()
    saved: Saved | None = None
    removed: Callable[[Books, Record, How], None] | None = None
    check_removal: Callable[[Books, Record], None] | None = None
    shown: Callable[[Books, Record], Record] = _as_stored
    voided: Callable[[Books, Record], Record] | None = None
    by_update: bool = False
    by_app: bool = True
    deletes: bool = False
    in_feed: bool = True
    dated: bool = False

    @property
    def type(self) -> str:
        """QuickBooks' own name."""
        return TYPES[self.name]

    @property
    def fields(self) -> Struct:
        """What it can hold."""
        return STRUCTS[self.name]

    @property
    def is_list(self) -> bool:
        """Whether its records are made inactive, and then left out of queries."""
        return "Active" in self.fields.fields

    def outward(self, books: Books, record: Record) -> Record:
        """A record as it is sent."""
        own = self.fields.show(books, self.shown(books, record))
        return {"domain": "QBO", "sparse": False, **own}


_PERSON = "DisplayName GivenName MiddleName FamilyName Suffix Title PrintOnCheckName Active"
_DATED = "DocNumber TxnDate TotalAmt"

ENTITIES: dict[str, Entity] = {
    entity.name: entity
    for entity in (
        Entity("vendors", names.vendor, f"{_PERSON} CompanyName", shown=names.shown_vendor),
        Entity(
            "customers",
            names.customer,
            f"{_PERSON} CompanyName FullyQualifiedName Job ParentRef",
            saved=names.customer_saved,
            shown=names.shown_customer,
        ),
        Entity("employees", names.employee, _PERSON, shown=names.shown_employee),
        Entity(
            "accounts",
            lists.account,
            "Name FullyQualifiedName Active AccountType AccountSubType Classification SubAccount ParentRef Description",
            saved=lists.saved_in(lists.ACCOUNTS),
        ),
        Entity(
            "items",
            lists.item,
            "Name FullyQualifiedName Active Type Sku UnitPrice PurchaseCost Description",
            saved=lists.saved_in(lists.ITEMS),
        ),
        Entity("classes", lists.class_, "Name FullyQualifiedName Active", saved=lists.saved_in(lists.CLASSES)),
        Entity(
            "departments", lists.department, "Name FullyQualifiedName Active", saved=lists.saved_in(lists.DEPARTMENTS)
        ),
        Entity("terms", lists.term, "Name Active Type DueDays"),
        Entity("tax_codes", lists.tax, "Name Active Description", by_app=False, in_feed=False),
        Entity("tax_rates", lists.tax, "Name Active Description", by_app=False, in_feed=False),
        Entity(
            "purchase_orders",
            buying.purchase_order,
            f"{_DATED} VendorRef DueDate",
            always=("VendorRef",),
            check_removal=orders.check_unbilled,
            deletes=True,
        ),
        Entity(
            "bills",
            buying.bill,
            f"{_DATED} VendorRef DueDate Balance APAccountRef SalesTermRef",
            always=("VendorRef",),
            saved=buying.bill_saved,
            removed=buying.bill_removed,
            check_removal=documents.check_unpaid,
            shown=documents.shown,
            deletes=True,
            dated=True,
        ),
        Entity(
            "vendor_credits",
            buying.vendor_credit,
            f"{_DATED} VendorRef",
            always=("VendorRef",),
            check_removal=documents.check_unpaid,
            shown=documents.shown,
            deletes=True,
            dated=True,
        ),
        Entity(
            "purchases",
            buying.purchase,
            f"{_DATED} PaymentType AccountRef",
            always=("PaymentType",),
            deletes=True,
            dated=True,
        ),
        Entity(
            "bill_payments",
            paying.bill_payment,
            f"{_DATED} VendorRef PayType",
            saved=paying.bills_settled,
            removed=paying.bills_released,
            voided=paying.voided,
            by_update=True,
            deletes=True,
            dated=True,
        ),
        Entity("journal_entries", journal.journal_entry, f"{_DATED} Adjustment", deletes=True, dated=True),
        Entity(
            "invoices",
            selling.invoice,
            f"{_DATED} CustomerRef DueDate Balance",
            check_removal=documents.check_unpaid,
            shown=documents.shown,
            voided=selling.voided_invoice,
            deletes=True,
            dated=True,
        ),
        Entity(
            "credit_memos",
            selling.credit_memo,
            f"{_DATED} CustomerRef Balance RemainingCredit",
            check_removal=documents.check_unpaid,
            shown=documents.shown,
            deletes=True,
            dated=True,
        ),
        Entity(
            "payments",
            paying.payment,
            f"{_DATED} CustomerRef PaymentRefNum UnappliedAmt",
            saved=paying.invoices_settled,
            removed=paying.invoices_released,
            voided=paying.voided,
            by_update=True,
            deletes=True,
            dated=True,
        ),
        Entity(
            "time_activities",
            journal.time_activity,
            "TxnDate EmployeeRef VendorRef CustomerRef BillableStatus",
            deletes=True,
            in_feed=False,
        ),
        Entity(
            "attachables",
            attachments.attachable,
            "FileName ContentType Note AttachableRef.EntityRef.Type AttachableRef.EntityRef.value",
            shown=attachments.shown,
            deletes=True,
        ),
        Entity("company", company.write_company, "CompanyName", by_app=False, in_feed=False),
        Entity("preferences", company.write_preferences, by_app=False, in_feed=False),
    )
}
BY_TYPE = {entity.type.lower(): entity for entity in ENTITIES.values()}
"""The entities by the names that paths and statements use, in small letters."""
