"""The fields of each entity."""

from __future__ import annotations

from sandbox.quickbooks_online.kinds import Choice, Kind, Many, Moment, PersonOnly, Struct, Text
from sandbox.quickbooks_online.parts import (
    ADDRESS,
    ANY_NAME,
    BILLABLE,
    CURRENCY,
    DAY,
    EMAIL,
    ENTITY,
    FLAG,
    GLOBAL_TAX,
    KEPT,
    LINK,
    MONEY,
    NAME_BASE,
    NUMBER,
    TAX,
    TAX_CODE,
    computed,
    kept,
    lines,
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
PURCHASE_LINES = lines("AccountBasedExpenseLineDetail", "ItemBasedExpenseLineDetail", "DescriptionOnly")
SALES_LINES = lines("SalesItemLineDetail", "DiscountLineDetail", "DescriptionOnly", "SubTotalLineDetail")

TRANSACTION: dict[str, Kind] = {
    **ENTITY,
    "DocNumber": Text(21),
    "TxnDate": DAY,
    "PrivateNote": Text(4000),
    "DepartmentRef": ref("departments"),
    "CurrencyRef": CURRENCY,
    "ExchangeRate": NUMBER,
    "LinkedTxn": Many(LINK),
    "TxnTaxDetail": TAX,
    **computed("HomeTotalAmt HomeBalance TotalCostAmount HomeTotalCostAmount TxnStatus"),
    **kept("TxnSource TransactionLocationType ProjectRef Tag TaxFormType TaxFormNum TxnApprovalInfo RecurDataRef"),
}
_PURCHASE: dict[str, Kind] = {
    **TRANSACTION,
    "VendorRef": ref("vendors"),
    "APAccountRef": ref("accounts"),
    "GlobalTaxCalculation": GLOBAL_TAX,
    "Memo": Text(4000),
    "Line": PURCHASE_LINES,
    **dict.fromkeys(("VendorAddr", "ShipAddr", "RemitToAddr"), ADDRESS),
    **computed("TotalAmt Balance"),
    **kept("BillEmail ReplyEmail"),
}
_SALE: dict[str, Kind] = {
    **TRANSACTION,
    "CustomerRef": ref("customers"),
    "ClassRef": ref("classes"),
    "SalesTermRef": ref("terms"),
    "DueDate": DAY,
    "GlobalTaxCalculation": GLOBAL_TAX,
    "Line": SALES_LINES,
    "CustomerMemo": Struct({"value": Text(1000), **kept("id")}),
    **dict.fromkeys(("BillAddr", "ShipAddr", "ShipFromAddr"), ADDRESS),
    "BillEmail": EMAIL,
    "PONumber": Text(15),
    **computed("TotalAmt Balance"),
    **kept(
        "AutoDocNumber ApplyTaxAfterDiscount PrintStatus EmailStatus BillEmailCc BillEmailBcc ShipDate ShipMethodRef "
        "TrackingNum DepositToAccountRef PaymentMethodRef PaymentRefNum PaymentType CheckPayment CreditCardPayment "
        "DeliveryInfo FreeFormAddress RemitToRef SalesRepRef FOB TemplateRef ARAccountRef FinanceCharge DiscountRate "
        "DiscountAmt TaxExemptionRef ShippingTaxIncludedInTotalTax"
    ),
}
_PAYMENT_LINES = Many(
    Struct({"Amount": MONEY, "LinkedTxn": Many(LINK), **computed("Id LineNum"), **kept("LineEx Description")})
)

FIELDS: dict[str, dict[str, Kind]] = {
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
    "purchase_orders": {
        **_PURCHASE,
        "POStatus": Choice(("Open", "Closed")),
        "SalesTermRef": ref("terms"),
        "ClassRef": ref("classes"),
        "ShipTo": ref("customers"),
        "DueDate": DAY,
        "ExpectedDate": DAY,
        "POEmail": EMAIL,
        **kept("ShipMethodRef EmailStatus PrintStatus TemplateRef FOB TaxCodeRef ReimbursableInfoRef ManuallyClosed"),
    },
    "bills": {
        **_PURCHASE,
        "SalesTermRef": ref("terms"),
        "DueDate": DAY,
        **kept("IncludeInAnnualTPAR LessCIS PayerRef"),
    },
    "vendor_credits": {**_PURCHASE, **kept("IncludeInAnnualTPAR")},
    "purchases": {
        **TRANSACTION,
        "PaymentType": Choice(("Cash", "Check", "CreditCard")),
        "AccountRef": ref("accounts"),
        "EntityRef": ANY_NAME,
        "Credit": FLAG,
        "GlobalTaxCalculation": GLOBAL_TAX,
        "RemitToAddr": ADDRESS,
        "Memo": Text(4000),
        "Line": PURCHASE_LINES,
        **computed("TotalAmt"),
        **kept("PaymentMethodRef PaymentRefNum PrintStatus CheckPayment CreditCardPayment LessCIS IncludeInAnnualTPAR"),
    },
    "bill_payments": {
        **TRANSACTION,
        "VendorRef": ref("vendors"),
        "APAccountRef": ref("accounts"),
        "VendorAddr": ADDRESS,
        "PayType": Choice(("Check", "CreditCard")),
        "TotalAmt": MONEY,
        "CheckPayment": Struct({"BankAccountRef": ref("accounts"), **kept("PrintStatus CheckDetail PayeeAddr")}),
        "CreditCardPayment": Struct({"CCAccountRef": ref("accounts"), **kept("CCDetail")}),
        "Line": _PAYMENT_LINES,
        **kept("ProcessBillPayment"),
    },
    "journal_entries": {
        **TRANSACTION,
        "Adjustment": FLAG,
        "GlobalTaxCalculation": GLOBAL_TAX,
        "Line": lines("JournalEntryLineDetail", "DescriptionOnly"),
        **computed("TotalAmt"),
        **kept("HomeCurrencyAdjustment EnteredInHomeCurrency"),
    },
    "invoices": {
        **_SALE,
        **kept(
            "Deposit AllowIPNPayment AllowOnlinePayment AllowOnlineCreditCardPayment AllowOnlineACHPayment InvoiceLink "
            "AllowOnlinePayPalPayment EInvoiceStatus LessCIS"
        ),
    },
    "credit_memos": {**_SALE, **computed("RemainingCredit"), **kept("InvoiceRef")},
    "payments": {
        **TRANSACTION,
        "CustomerRef": ref("customers"),
        "ARAccountRef": ref("accounts"),
        "DepositToAccountRef": ref("accounts"),
        **texts("PaymentRefNum", 21),
        "TotalAmt": MONEY,
        "Line": _PAYMENT_LINES,
        **computed("UnappliedAmt"),
        **kept("PaymentMethodRef PaymentType CheckPayment CreditCardPayment ProcessPayment PaymentExtendedType"),
    },
    "time_activities": {
        **ENTITY,
        "TxnDate": DAY,
        "NameOf": Choice(("Employee", "Vendor")),
        "EmployeeRef": ref("employees"),
        "VendorRef": ref("vendors"),
        "CustomerRef": ref("customers"),
        "DepartmentRef": ref("departments"),
        "ItemRef": ref("items"),
        "ClassRef": ref("classes"),
        "BillableStatus": BILLABLE,
        "Taxable": FLAG,
        **dict.fromkeys(("HourlyRate", "CostRate", "Hours", "Minutes", "BreakHours", "BreakMinutes"), NUMBER),
        "StartTime": Moment(),
        "EndTime": Moment(),
        "Description": Text(4000),
        **kept(
            "TimeZone PayrollItemRef ProjectRef TimeChargeId Seconds BreakSeconds HoursInEmployeeTimeZone OtherNameRef"
        ),
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
STRUCTS = {entity: Struct(fields) for entity, fields in FIELDS.items()}
