"""What the field tables of lists and documents are put together from."""

from __future__ import annotations

from sandbox.quickbooks_online.kinds import (
    Choice,
    Code,
    Day,
    Flag,
    Kept,
    Kind,
    Many,
    Moment,
    Number,
    PersonOnly,
    ReadOnly,
    Ref,
    Struct,
    Text,
)

FLAG, DAY, MONEY, NUMBER, KEPT, READ_ONLY = Flag(), Day(), Number(2), Number(), Kept(), ReadOnly()
CURRENCY = Code({"USD": "United States Dollar", "CAD": "Canadian Dollar", "GBP": "British Pound Sterling"})
TAX_CODE = Code()
BILLABLE = Choice(("Billable", "NotBillable", "HasBeenBilled"))
GLOBAL_TAX = Choice(("TaxExcluded", "TaxInclusive", "NotApplicable"))


def texts(names: str, longest: int = 4000) -> dict[str, Kind]:
    """Several text fields of one length."""
    return dict.fromkeys(names.split(), Text(longest))


def kept(names: str) -> dict[str, Kind]:
    """Fields that the type has and the sandbox gives no meaning."""
    return dict.fromkeys(names.split(), KEPT)


def computed(names: str) -> dict[str, Kind]:
    """Fields that QuickBooks reckons by itself."""
    return dict.fromkeys(names.split(), READ_ONLY)


def ref(entity: str) -> Ref:
    """A reference to one kind of record."""
    return Ref((entity,))


ANY_NAME = Ref(("vendors", "customers", "employees"))
STAMPS: dict[str, Kind] = {"CreateTime": Moment(), "LastUpdatedTime": Moment()}
ENTITY: dict[str, Kind] = {
    **computed("Id SyncToken domain status sparse AttachableRef"),
    "MetaData": Struct({**STAMPS, **kept("CreatedByRef LastModifiedByRef LastChangedInQB Synchronized")}),
    "CustomField": KEPT,
}
ADDRESS = Struct(
    {
        **texts("Line1 Line2 Line3 Line4 Line5", 500),
        **texts("City Country CountryCode County CountrySubDivisionCode", 255),
        **texts("PostalCode PostalCodeSuffix", 31),
        **kept("Id Lat Long Tag Note"),
    }
)
EMAIL = Struct({**texts("Address", 100), **kept("Id Default Tag")})
PHONE = Struct(
    {**texts("FreeFormNumber", 30), **kept("Id DeviceType CountryCode AreaCode ExchangeCode Extension Default Tag")}
)
WEB = Struct({**texts("URI", 1000), **kept("Id Default Tag")})
NAME_BASE: dict[str, Kind] = {
    **texts("DisplayName", 500),
    **texts("GivenName MiddleName FamilyName CompanyName", 100),
    **texts("Title Suffix", 16),
    **texts("PrintOnCheckName", 110),
    "Active": FLAG,
    **dict.fromkeys(("PrimaryPhone", "AlternatePhone", "Mobile", "Fax"), PHONE),
    "PrimaryEmailAddr": EMAIL,
    "WebAddr": WEB,
    "DefaultTaxCodeRef": TAX_CODE,
    **computed("FullyQualifiedName V4IDPseudonym"),
    **kept("IntuitId Organization UserId OtherContactInfo"),
}
LINK = Struct(texts("TxnId TxnType TxnLineId", 50))
TAX = Struct(
    {
        "TxnTaxCodeRef": ref("tax_codes"),
        "TotalTax": MONEY,
        "TaxLine": READ_ONLY,
        **kept("DefaultTaxCodeRef TaxReviewStatus UseAutomatedSalesTax"),
    }
)
_EXPENSE: dict[str, Kind] = {
    "CustomerRef": ref("customers"),
    "ClassRef": ref("classes"),
    "BillableStatus": BILLABLE,
    "TaxCodeRef": TAX_CODE,
    "TaxInclusiveAmt": MONEY,
    "MarkupInfo": KEPT,
}
_ITEM: dict[str, Kind] = {
    "ItemRef": ref("items"),
    "ClassRef": ref("classes"),
    "UnitPrice": NUMBER,
    "Qty": NUMBER,
    "TaxCodeRef": TAX_CODE,
    "ItemAccountRef": PersonOnly(ref("accounts")),
    **kept("UnitCostPrice RatePercent PriceLevelRef MarkupInfo UOMRef InventorySiteRef TaxClassificationRef"),
}
ACCOUNT_LINE = Struct({**_EXPENSE, "AccountRef": ref("accounts"), **kept("TaxAmount ExpenseDetailLineDetailEx")})
ITEM_LINE = Struct({**_ITEM, **_EXPENSE, **kept("ItemBasedExpenseLineDetailEx")})
SALES_LINE = Struct(
    {
        **_ITEM,
        "ServiceDate": DAY,
        "TaxInclusiveAmt": MONEY,
        **kept("DiscountRate DiscountAmt DeferredRevenue SalesItemLineDetailEx"),
    }
)
JOURNAL_LINE = Struct(
    {
        "PostingType": Choice(("Debit", "Credit")),
        "AccountRef": ref("accounts"),
        "ClassRef": ref("classes"),
        "DepartmentRef": ref("departments"),
        "TaxCodeRef": TAX_CODE,
        "BillableStatus": BILLABLE,
        "Entity": Struct({"Type": Choice(("Vendor", "Customer", "Employee")), "EntityRef": ANY_NAME}),
        **kept("TaxRateRef TaxApplicableOn TaxAmount TaxInclusiveAmt JournalCodeRef JournalEntryLineDetailEx"),
    }
)
DISCOUNT_LINE = Struct(
    {
        "DiscountAccountRef": ref("accounts"),
        "ClassRef": ref("classes"),
        "TaxCodeRef": TAX_CODE,
        "PercentBased": FLAG,
        "DiscountPercent": NUMBER,
        **kept("Discount DiscountRef ServiceDate"),
    }
)
NOTHING = Struct(kept("ItemRef ServiceDate TaxCodeRef"))
DETAILS: dict[str, tuple[str, Struct]] = {
    "AccountBasedExpenseLineDetail": ("AccountBasedExpenseLineDetail", ACCOUNT_LINE),
    "ItemBasedExpenseLineDetail": ("ItemBasedExpenseLineDetail", ITEM_LINE),
    "SalesItemLineDetail": ("SalesItemLineDetail", SALES_LINE),
    "JournalEntryLineDetail": ("JournalEntryLineDetail", JOURNAL_LINE),
    "DiscountLineDetail": ("DiscountLineDetail", DISCOUNT_LINE),
    "SubTotalLineDetail": ("SubTotalLineDetail", NOTHING),
    "DescriptionOnly": ("DescriptionLineDetail", NOTHING),
}
"""Per DetailType: the field that holds the detail, and what it can hold."""


def lines(*detail_types: str) -> Many:
    """The lines of a document that takes these types of detail."""
    return Many(
        Struct(
            {
                **texts("Id", 50),
                "LineNum": READ_ONLY,
                "Description": Text(4000),
                "Amount": MONEY,
                "LinkedTxn": Many(LINK),
                "DetailType": Choice(detail_types),
                **{DETAILS[one][0]: DETAILS[one][1] for one in detail_types},
                **computed("Received"),
                **kept("ProjectRef CustomField CustomExtensions LineEx CostAmount HomeCostAmount"),
            }
        )
    )
