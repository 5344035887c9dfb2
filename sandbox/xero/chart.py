"""What a new organisation has: a general contractor in Denver, with the accounts of its trade."""

from __future__ import annotations

from decimal import Decimal

from sandbox.world import Record

ORGANISATION: Record = {
    "Name": "Summit Ridge Builders",
    "LegalName": "Summit Ridge Builders LLC",
    "PaysTax": True,
    "Version": "US",
    "OrganisationType": "COMPANY",
    "BaseCurrency": "USD",
    "CountryCode": "US",
    "IsDemoCompany": True,
    "OrganisationStatus": "ACTIVE",
    "FinancialYearEndDay": 31,
    "FinancialYearEndMonth": 12,
    "SalesTaxBasis": "ACCRUALS",
    "SalesTaxPeriod": "QUARTERLY",
    "DefaultSalesTax": "Tax Exclusive",
    "DefaultPurchasesTax": "Tax Exclusive",
    "Timezone": "MOUNTAINSTANDARDTIME",
    "_zone": "America/Denver",
    "OrganisationEntityType": "COMPANY",
    "ShortCode": "!Srb7t",
    "Class": "PREMIUM",
    "Edition": "BUSINESS",
    "LineOfBusiness": "Commercial construction",
    "Addresses": [
        {
            "AddressType": "STREET",
            "AddressLine1": "1750 Blake Street",
            "City": "Denver",
            "Region": "CO",
            "PostalCode": "80202",
            "Country": "USA",
        }
    ],
    "Phones": [{"PhoneType": "OFFICE", "PhoneNumber": "555-0142", "PhoneAreaCode": "303", "PhoneCountryCode": "1"}],
    "ExternalLinks": [],
    "PaymentTerms": {},
}

CLASSES = {
    "BANK": "ASSET",
    "CURRENT": "ASSET",
    "FIXED": "ASSET",
    "INVENTORY": "ASSET",
    "NONCURRENT": "ASSET",
    "PREPAYMENT": "ASSET",
    "EQUITY": "EQUITY",
    "DEPRECIATN": "EXPENSE",
    "DIRECTCOSTS": "EXPENSE",
    "EXPENSE": "EXPENSE",
    "OVERHEADS": "EXPENSE",
    "CURRLIAB": "LIABILITY",
    "LIABILITY": "LIABILITY",
    "TERMLIAB": "LIABILITY",
    "PAYGLIABILITY": "LIABILITY",
    "OTHERINCOME": "REVENUE",
    "REVENUE": "REVENUE",
    "SALES": "REVENUE",
}

ACCOUNTS: list[tuple[str, str, str, str | None]] = [
    ("090", "Operating Checking", "BANK", None),
    ("091", "Company Card", "BANK", None),
    ("1100", "Accounts Receivable", "CURRENT", "DEBTORS"),
    ("1150", "Retainage Receivable", "CURRENT", None),
    ("1300", "Costs in Excess of Billings", "CURRENT", None),
    ("1400", "Prepaid Expenses", "PREPAYMENT", None),
    ("1500", "Construction Equipment", "FIXED", None),
    ("2100", "Accounts Payable", "CURRLIAB", "CREDITORS"),
    ("2150", "Retainage Payable", "CURRLIAB", None),
    ("2200", "Sales Tax", "CURRLIAB", "GST"),
    ("2300", "Billings in Excess of Costs", "CURRLIAB", None),
    ("2700", "Equipment Loan", "TERMLIAB", None),
    ("3000", "Owner's Capital", "EQUITY", None),
    ("3900", "Retained Earnings", "EQUITY", "RETAINEDEARNINGS"),
    ("4000", "Contract Revenue", "REVENUE", None),
    ("4900", "Other Income", "OTHERINCOME", None),
    ("5000", "Job Costs - Labor", "DIRECTCOSTS", None),
    ("5100", "Job Costs - Materials", "DIRECTCOSTS", None),
    ("5200", "Job Costs - Equipment", "DIRECTCOSTS", None),
    ("5300", "Job Costs - Subcontractors", "DIRECTCOSTS", None),
    ("5400", "Job Costs - Permits and Fees", "DIRECTCOSTS", None),
    ("5500", "Job Costs - Other", "DIRECTCOSTS", None),
    ("6100", "Office Rent", "OVERHEADS", None),
    ("6200", "Insurance", "OVERHEADS", None),
    ("6300", "Fuel and Vehicles", "EXPENSE", None),
    ("6400", "Travel and Meals", "EXPENSE", None),
    ("6500", "Professional Fees", "EXPENSE", None),
    ("6900", "Bank Fees", "EXPENSE", None),
    ("8600", "Rounding", "EXPENSE", "ROUNDING"),
]

_EVERYWHERE = {"Assets": True, "Equity": True, "Expenses": True, "Liabilities": True, "Revenue": True}
_BUYING = {"Assets": True, "Equity": True, "Expenses": True, "Liabilities": True, "Revenue": False}
_SELLING = {"Assets": True, "Equity": True, "Expenses": False, "Liabilities": True, "Revenue": True}

TAX_RATES: list[tuple[str, str, Decimal, dict[str, bool]]] = [
    ("NONE", "Tax Exempt", Decimal("0.0000"), _EVERYWHERE),
    ("INPUT", "Tax on Purchases", Decimal("8.8100"), _BUYING),
    ("OUTPUT", "Tax on Sales", Decimal("8.8100"), _SELLING),
    ("TAX001", "Boulder Use Tax", Decimal("3.8600"), _BUYING),
]

CURRENCIES: list[Record] = [{"Code": "USD", "Description": "United States Dollar"}]


def account(code: str, name: str, kind: str, system: str | None) -> Record:
    """An account of the chart, complete."""
    bank = {"BankAccountType": "CREDITCARD" if "Card" in name else "BANK", "BankAccountNumber": f"1020304{code}"}
    return {
        "Code": code,
        "Name": name,
        "Status": "ACTIVE",
        "Type": kind,
        "TaxType": "NONE",
        "Class": CLASSES[kind],
        "EnablePaymentsToAccount": False,
        "ShowInExpenseClaims": False,
        "HasAttachments": False,
        "AddToWatchlist": False,
        "ReportingCode": "",
        **({"SystemAccount": system} if system else {}),
        **({**bank, "CurrencyCode": "USD"} if kind == "BANK" else {}),
    }


def tax_rate(tax_type: str, name: str, percent: Decimal, applies: dict[str, bool]) -> Record:
    """A tax rate, complete. Percentages are Xero's: 8.81 means 8.81 %."""
    return {
        "Name": name,
        "TaxType": tax_type,
        "Status": "ACTIVE",
        "ReportTaxType": "INPUT" if not applies["Revenue"] else "OUTPUT" if not applies["Expenses"] else "NONE",
        **{f"CanApplyTo{what}": can for what, can in applies.items()},
        "DisplayTaxRate": percent,
        "EffectiveRate": percent,
        "TaxComponents": [{"Name": name, "Rate": percent, "IsCompound": False, "IsNonRecoverable": False}],
    }
