"""The fields of documents and of time."""

from __future__ import annotations

from sandbox.quickbooks_online.kinds import Choice, Kind, Many, Moment, Struct, Text
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
    LINK,
    MONEY,
    NUMBER,
    TAX,
    computed,
    kept,
    lines,
    ref,
    texts,
)

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
    **computed("TotalCostAmount HomeTotalCostAmount TxnStatus"),
    **kept("TxnSource TransactionLocationType ProjectRef Tag TaxFormType TaxFormNum TxnApprovalInfo RecurDataRef"),
}
_PURCHASE: dict[str, Kind] = {
    **TRANSACTION,
    "VendorRef": ref("vendors"),
    "APAccountRef": ref("accounts"),
    "GlobalTaxCalculation": GLOBAL_TAX,
    "Memo": Text(4000),
    "Line": PURCHASE_LINES,
    "VendorAddr": ADDRESS,
    **computed("TotalAmt"),
    **kept("BillEmail ReplyEmail RecurringInfo"),
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
    **computed("TotalAmt HomeTotalAmt Balance HomeBalance"),
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

DOCUMENTS: dict[str, dict[str, Kind]] = {
    "purchase_orders": {
        **_PURCHASE,
        "POStatus": Choice(("Open", "Closed")),
        "SalesTermRef": ref("terms"),
        "ClassRef": ref("classes"),
        "ShipTo": ref("customers"),
        "DueDate": DAY,
        "ExpectedDate": DAY,
        "POEmail": EMAIL,
        "ShipAddr": ADDRESS,
        **kept("ShipMethodRef EmailStatus PrintStatus TemplateRef FOB TaxCodeRef ReimbursableInfoRef ManuallyClosed"),
    },
    "bills": {
        **_PURCHASE,
        "SalesTermRef": ref("terms"),
        "DueDate": DAY,
        **dict.fromkeys(("RemitToAddr", "ShipAddr"), ADDRESS),
        **computed("Balance HomeBalance"),
        **kept("IncludeInAnnualTPAR LessCIS PayerRef"),
    },
    "vendor_credits": {**_PURCHASE, **computed("Balance"), **kept("IncludeInAnnualTPAR")},
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
    },
    "journal_entries": {
        **TRANSACTION,
        "Adjustment": FLAG,
        "GlobalTaxCalculation": GLOBAL_TAX,
        "Line": lines("JournalEntryLineDetail", "DescriptionOnly"),
        **computed("TotalAmt HomeTotalAmt"),
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
}
