"""The fields of lists and of what describes the company."""

from __future__ import annotations

from sandbox.quickbooks_online.kinds import Choice, Kind, PersonOnly, Text
from sandbox.quickbooks_online.parts import (
    ADDRESS,
    CURRENCY,
    DAY,
    ENTITY,
    FLAG,
    KEPT,
    NAME_BASE,
    NUMBER,
    TAX_CODE,
    computed,
    kept,
    ref,
    texts,
)

ACCOUNT_TYPES: dict[str, tuple[str, str]] = {
    "Bank": ("Asset", "Checking"),
    "Accounts Receivable": ("Asset", "AccountsReceivable"),
    "Other Current Asset": ("Asset", "OtherCurrentAssets"),
    "Fixed Asset": ("Asset", "OtherFixedAssets"),
    "Other Asset": ("Asset", "OtherLongTermAssets"),
    "Accounts Payable": ("Liability", "AccountsPayable"),
    "Credit Card": ("Liability", "CreditCard"),
    "Other Current Liability": ("Liability", "OtherCurrentLiabilities"),
    "Long Term Liability": ("Liability", "OtherLongTermLiabilities"),
    "Equity": ("Equity", "OpeningBalanceEquity"),
    "Income": ("Revenue", "SalesOfProductIncome"),
    "Cost of Goods Sold": ("Expense", "SuppliesMaterialsCogs"),
    "Expense": ("Expense", "OtherMiscellaneousServiceCost"),
    "Other Income": ("Revenue", "OtherMiscellaneousIncome"),
    "Other Expense": ("Expense", "OtherMiscellaneousExpense"),
}
"""Per type of account: its classification and the subtype that it gets when none is given."""

ITEM_TYPES = ("Service", "NonInventory", "Inventory", "Category", "Group")
LISTS: dict[str, dict[str, Kind]] = {
    "vendors": {
        **ENTITY,
        **NAME_BASE,
        "BillAddr": ADDRESS,
        "ShipAddr": ADDRESS,
        "TermRef": ref("terms"),
        "APAccountRef": ref("accounts"),
        "CurrencyRef": CURRENCY,
        **texts("AcctNum", 100),
        **texts("TaxIdentifier", 20),
        **dict.fromkeys(("Vendor1099", "IsSubContractor", "HasTPAR"), FLAG),
        **dict.fromkeys(("CostRate", "BillRate", "CreditLimit"), NUMBER),
        **computed("Balance"),
        **texts("ContactName AltContactName Notes BusinessNumber"),
        **kept(
            "TaxCountry TaxIdEffectiveDate VendorTypeRef PrefillAccountRef OpenBalanceDate TaxReportingBasis GSTIN "
            "GSTRegistrationType SubcontractorType CISRate VendorPaymentBankDetail Source CompanyRegistrationNumber "
            "AgencyVerificationStatus AgencyVerificationStatusMsg AgencyVerificationTSUTC VendorEx"
        ),
    },
    "customers": {
        **ENTITY,
        **NAME_BASE,
        "BillAddr": ADDRESS,
        "ShipAddr": ADDRESS,
        "Job": FLAG,
        "BillWithParent": FLAG,
        "ParentRef": ref("customers"),
        "IsProject": PersonOnly(FLAG),
        "SalesTermRef": ref("terms"),
        "CurrencyRef": CURRENCY,
        "Taxable": FLAG,
        **texts("Notes", 2000),
        **texts("AcctNum ResaleNum ContactName AltContactName", 100),
        **computed("Balance BalanceWithJobs Level RootCustomerRef OverDueBalance TotalRevenue TotalExpense"),
        **kept(
            "CustomerTypeRef PaymentMethodRef ARAccountRef PreferredDeliveryMethod PrimaryTaxIdentifier "
            "SecondaryTaxIdentifier TaxExemptionReasonId BusinessNumber OpenBalanceDate CreditLimit JobInfo GSTIN "
            "GSTRegistrationType ClientCompanyId ClientEntityId Source TaxRegime CCDetail CustomerEx"
        ),
    },
    "employees": {
        **ENTITY,
        **NAME_BASE,
        "PrimaryAddr": ADDRESS,
        **texts("EmployeeNumber", 100),
        **texts("SSN EmployeeType Notes", 100),
        "BillableTime": FLAG,
        **dict.fromkeys(("BillRate", "CostRate"), NUMBER),
        **dict.fromkeys(("BirthDate", "HiredDate", "ReleasedDate"), DAY),
        **kept("Gender UseTimeEntry EmployeeEx"),
    },
    "accounts": {
        **ENTITY,
        **texts("Name", 100),
        **texts("Description", 4000),
        "AccountType": Choice(tuple(ACCOUNT_TYPES)),
        **texts("AccountSubType", 100),
        **texts("AcctNum", 7),
        "SubAccount": FLAG,
        "ParentRef": ref("accounts"),
        "Active": FLAG,
        "CurrencyRef": CURRENCY,
        **computed("FullyQualifiedName Classification CurrentBalance CurrentBalanceWithSubAccounts"),
        **kept("AccountAlias TxnLocationType TaxAccount TaxCodeRef AcctNumExtn BankNum FIName OnlineBankingEnabled"),
    },
    "items": {
        **ENTITY,
        **texts("Name Sku", 100),
        **texts("Description PurchaseDesc", 4000),
        "Type": Choice(ITEM_TYPES),
        "Active": FLAG,
        "SubItem": FLAG,
        "ParentRef": ref("items"),
        **dict.fromkeys(("IncomeAccountRef", "ExpenseAccountRef", "AssetAccountRef"), ref("accounts")),
        **dict.fromkeys(("UnitPrice", "PurchaseCost", "QtyOnHand"), NUMBER),
        **dict.fromkeys(("Taxable", "TrackQtyOnHand", "SalesTaxIncluded", "PurchaseTaxIncluded"), FLAG),
        "InvStartDate": DAY,
        "PrefVendorRef": ref("vendors"),
        "ClassRef": ref("classes"),
        **dict.fromkeys(("SalesTaxCodeRef", "PurchaseTaxCodeRef"), TAX_CODE),
        **computed("FullyQualifiedName Level AvgCost"),
        **kept(
            "ItemGroupDetail PrintGroupedItems ReorderPoint ServiceType ItemCategoryType TaxClassificationRef Source "
            "AbatementRate ReverseChargeRate UQCDisplayText UQCId DeferredRevenue CustomExtensions ManPartNum"
        ),
    },
    "classes": {
        **ENTITY,
        **texts("Name", 100),
        "SubClass": FLAG,
        "ParentRef": ref("classes"),
        "Active": FLAG,
        **computed("FullyQualifiedName"),
    },
    "departments": {
        **ENTITY,
        **texts("Name", 100),
        "SubDepartment": FLAG,
        "ParentRef": ref("departments"),
        "Active": FLAG,
        "Address": ADDRESS,
        **computed("FullyQualifiedName"),
    },
    "terms": {
        **ENTITY,
        **texts("Name", 31),
        "Active": FLAG,
        **texts("Type", 31),
        **dict.fromkeys(("DueDays", "DiscountDays", "DayOfMonthDue", "DueNextMonthDays", "DiscountPercent"), NUMBER),
        **kept("DiscountDayOfMonth"),
    },
    "tax_codes": {
        **ENTITY,
        **texts("Name Description", 100),
        **dict.fromkeys(("Active", "Hidden", "Taxable", "TaxGroup"), FLAG),
        **kept("SalesTaxRateList PurchaseTaxRateList AdjustmentTaxRateList TaxCodeConfigType"),
    },
    "tax_rates": {
        **ENTITY,
        **texts("Name Description", 100),
        "Active": FLAG,
        "RateValue": NUMBER,
        **kept("AgencyRef TaxReturnLineRef EffectiveTaxRate SpecialTaxType DisplayType OriginalTaxRate"),
    },
    "attachables": {
        **{name: kind for name, kind in ENTITY.items() if name != "AttachableRef"},
        "AttachableRef": KEPT,
        **texts("FileName ContentType Category PlaceName Lat Long Tag", 1000),
        "Note": Text(2000),
        **computed("Size FileAccessUri TempDownloadUri ThumbnailFileAccessUri ThumbnailTempDownloadUri documentId"),
    },
    "company": {
        **ENTITY,
        **texts("CompanyName LegalName Country DefaultTimeZone SupportedLanguages FiscalYearStartMonth", 1024),
        **kept(
            "CompanyAddr CustomerCommunicationAddr LegalAddr CompanyStartDate Email PrimaryPhone WebAddr NameValue "
            "CompanyEmailAddr CustomerCommunicationEmailAddr EmployerId"
        ),
    },
    "preferences": {
        **ENTITY,
        **kept(
            "AccountingInfoPrefs ProductAndServicesPrefs SalesFormsPrefs EmailMessagesPrefs VendorAndPurchasesPrefs "
            "TimeTrackingPrefs TaxPrefs CurrencyPrefs ReportPrefs OtherPrefs"
        ),
    },
}
