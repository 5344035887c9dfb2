"""What a new company has: a general contractor in Denver, with the accounts of its trade."""

from __future__ import annotations

from decimal import Decimal

from sandbox.world import Record

REALM = "9341453908112233"
COMPANY: Record = {
    "CompanyName": "Summit Ridge Builders",
    "LegalName": "Summit Ridge Builders LLC",
    "CompanyAddr": {
        "Id": "1",
        "Line1": "1750 Blake Street",
        "City": "Denver",
        "CountrySubDivisionCode": "CO",
        "PostalCode": "80202",
        "Country": "USA",
    },
    "CompanyStartDate": "2025-08-01",
    "FiscalYearStartMonth": "January",
    "Country": "US",
    "Email": {"Address": "office@summitridge.test"},
    "SupportedLanguages": "en",
    "DefaultTimeZone": "America/Denver",
    "NameValue": [
        {"Name": "NeoEnabled", "Value": "true"},
        {"Name": "IndustryType", "Value": "General contractor"},
        {"Name": "CompanyType", "Value": "Limited liability"},
        {"Name": "SubscriptionStatus", "Value": "PAID"},
        {"Name": "OfferingSku", "Value": "QuickBooks Online Plus"},
    ],
}
PREFERENCES: Record = {
    "AccountingInfoPrefs": {
        "UseAccountNumbers": True,
        "TrackDepartments": True,
        "DepartmentTerminology": "Location",
        "ClassTrackingPerTxn": False,
        "ClassTrackingPerTxnLine": True,
        "CustomerTerminology": "Customers",
        "FirstMonthOfFiscalYear": "January",
        "TaxYearMonth": "January",
    },
    "ProductAndServicesPrefs": {"ForSales": True, "ForPurchase": True, "QuantityWithPriceAndRate": True},
    "SalesFormsPrefs": {"CustomTxnNumbers": True, "UsingProgressInvoicing": False, "AllowDiscount": True},
    "VendorAndPurchasesPrefs": {
        "TrackingByCustomer": True,
        "BillableExpenseTracking": True,
        "POCustomField": [],
    },
    "TimeTrackingPrefs": {"UseServices": True, "BillCustomers": True, "ShowBillRateToAll": False},
    "TaxPrefs": {"UsingSalesTax": True, "PartnerTaxEnabled": False},
    "CurrencyPrefs": {"MultiCurrencyEnabled": False, "HomeCurrency": {"value": "USD"}},
    "ReportPrefs": {"ReportBasis": "Accrual", "CalcAgingReportFromTxnDate": False},
    "OtherPrefs": {
        "NameValue": [
            {"Name": "ProjectsEnabled", "Value": "true"},
            {"Name": "TimeTrackingFeatureEnabled", "Value": "true"},
            {"Name": "VendorAndPurchasesPrefs.UseCustomTxnNumbers", "Value": "true"},
            {"Name": "WarnDuplicateBillNumber", "Value": "false"},
            {"Name": "WarnDuplicateCheckNumber", "Value": "false"},
            {"Name": "WarnDuplicateJournalEntryNumber", "Value": "false"},
        ]
    },
}
SETTINGS: Record = {
    "Id": "1",
    "connected": True,
    "user_removed": False,
    "subscription_lapsed": False,
    "locked": None,
    "closed_period_code": 6200,
    "plan": "Plus",
}
"""What a person can make of the connection: see docs/sandbox.md."""

ACCOUNTS: list[tuple[str, str, str, str]] = [
    ("090", "Operating Checking", "Bank", "Checking"),
    ("091", "Company Card", "Credit Card", "CreditCard"),
    ("1100", "Accounts Receivable (A/R)", "Accounts Receivable", "AccountsReceivable"),
    ("1150", "Retainage Receivable", "Other Current Asset", "Retainage"),
    ("1200", "Undeposited Funds", "Other Current Asset", "UndepositedFunds"),
    ("1300", "Costs in Excess of Billings", "Other Current Asset", "OtherCurrentAssets"),
    ("1400", "Prepaid Expenses", "Other Current Asset", "PrepaidExpenses"),
    ("1500", "Construction Equipment", "Fixed Asset", "MachineryAndEquipment"),
    ("2100", "Accounts Payable (A/P)", "Accounts Payable", "AccountsPayable"),
    ("2150", "Retainage Payable", "Other Current Liability", "OtherCurrentLiabilities"),
    ("2200", "Sales Tax Payable", "Other Current Liability", "SalesTaxPayable"),
    ("2300", "Billings in Excess of Costs", "Other Current Liability", "OtherCurrentLiabilities"),
    ("2400", "Payroll Clearing", "Other Current Liability", "PayrollClearing"),
    ("2700", "Equipment Loan", "Long Term Liability", "NotesPayable"),
    ("3000", "Owner's Capital", "Equity", "OwnersEquity"),
    ("3900", "Retained Earnings", "Equity", "RetainedEarnings"),
    ("4000", "Contract Revenue", "Income", "ServiceFeeIncome"),
    ("4900", "Other Income", "Other Income", "OtherMiscellaneousIncome"),
    ("5000", "Job Costs - Labor", "Cost of Goods Sold", "CostOfLaborCos"),
    ("5100", "Job Costs - Materials", "Cost of Goods Sold", "SuppliesMaterialsCogs"),
    ("5200", "Job Costs - Equipment", "Cost of Goods Sold", "EquipmentRentalCos"),
    ("5300", "Job Costs - Subcontractors", "Cost of Goods Sold", "OtherCostsOfServiceCos"),
    ("5400", "Job Costs - Permits and Fees", "Cost of Goods Sold", "OtherCostsOfServiceCos"),
    ("5500", "Job Costs - Other", "Cost of Goods Sold", "OtherCostsOfServiceCos"),
    ("6100", "Office Rent", "Expense", "RentOrLeaseOfBuildings"),
    ("6200", "Insurance", "Expense", "Insurance"),
    ("6300", "Fuel and Vehicles", "Expense", "Auto"),
    ("6400", "Travel and Meals", "Expense", "TravelMeals"),
    ("6500", "Professional Fees", "Expense", "LegalProfessionalFees"),
    ("6900", "Bank Fees", "Expense", "BankCharges"),
]
TERMS: list[tuple[str, int]] = [("Due on receipt", 0), ("Net 15", 15), ("Net 30", 30), ("Net 60", 60)]
US_CODES: list[tuple[str, str, str, bool]] = [
    ("TAX", "TAX", "Taxable", True),
    ("NON", "NON", "Not taxable", False),
    ("2", "Denver", "City and state", True),
]
"""Of the United States: the two pseudo codes, and one group. Id, name, description, whether it taxes."""

OTHER_CODES: list[tuple[str, str, str, bool]] = [
    ("4", "Standard", "Standard rate", True),
    ("5", "Reduced", "Reduced rate", True),
    ("6", "Zero-rated", "No tax is due", True),
    ("7", "Out of scope", "Outside of the tax", False),
]
RATES: list[tuple[str, str, Decimal, str]] = [
    ("3", "Denver sales tax", Decimal("8.81"), "2"),
    ("8", "Standard rate", Decimal("20"), "4"),
    ("9", "Reduced rate", Decimal("5"), "5"),
    ("10", "Zero rate", Decimal("0"), "6"),
]
"""Id, name, percent, and the code that it belongs to."""
