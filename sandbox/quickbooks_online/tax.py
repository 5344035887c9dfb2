"""Sales tax: pseudo codes in the United States, a code on every line elsewhere."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from sandbox.quickbooks_online.books import Books
from sandbox.quickbooks_online.errors import RefusedError, business
from sandbox.quickbooks_online.kinds import rounded
from sandbox.quickbooks_online.parts import DETAILS
from sandbox.world import Record

PSEUDO = {"TAX", "NON"}
_TAXED = {"AccountBasedExpenseLineDetail", "ItemBasedExpenseLineDetail", "SalesItemLineDetail"}
ZERO = Decimal("0.00")


def taxed(books: Books, record: Record, sales: bool) -> Record:
    """The document with the tax of its lines and its total. Raises `RefusedError` for a code that cannot be."""
    if books.is_us():
        return _in_the_us(books, record, sales)
    return _elsewhere(books, record)


def amount(line: Record) -> Decimal:
    """What a line adds to its document."""
    if line["DetailType"] in {"SubTotalLineDetail", "DescriptionOnly"}:
        return ZERO
    value: Decimal = line["Amount"]
    return -value if line["DetailType"] == "DiscountLineDetail" else value


def _in_the_us(books: Books, record: Record, sales: bool) -> Record:
    """Purchases carry no tax of their own; sales have one group for the whole document."""
    lines = [_with_pseudo_code(line) for line in record["Line"]]
    total = sum(map(amount, lines), ZERO)
    if not sales:
        return {**_without_tax(record), "Line": lines, "TotalAmt": total}
    given = record.get("TxnTaxDetail", {})
    if "TxnTaxCodeRef" not in given:
        tax = given.get("TotalTax", ZERO)
        return {**record, "Line": lines, "TxnTaxDetail": {"TotalTax": tax}, "TotalAmt": total + tax}
    net = sum((amount(line) for line in lines if _code(line) == "TAX"), ZERO)
    tax_lines = _tax_lines(books, {given["TxnTaxCodeRef"]["value"]: net}, inclusive=False)
    tax = sum((line["Amount"] for line in tax_lines), ZERO)
    detail = {**given, "TotalTax": tax, "TaxLine": tax_lines}
    return {**record, "Line": lines, "TxnTaxDetail": detail, "TotalAmt": total + tax}


def _elsewhere(books: Books, record: Record) -> Record:
    """Tax on sales and purchases; line amounts hold it when the document says that they do."""
    mode = record.get("GlobalTaxCalculation", "TaxExcluded")
    total = sum(map(amount, record["Line"]), ZERO)
    record = {**record, "GlobalTaxCalculation": mode}
    if mode == "NotApplicable":
        if record.get("TxnTaxDetail", {}).get("TotalTax"):
            raise RefusedError(6170, "TxnTaxDetail cannot be given when GlobalTaxCalculation is NotApplicable")
        return {**_without_tax(record), "TotalAmt": total}
    per_code: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line in record["Line"]:
        if line["DetailType"] in _TAXED:
            per_code[_real_code(books, line)] += amount(line)
    tax_lines = _tax_lines(books, per_code, mode == "TaxInclusive")
    tax = sum((line["Amount"] for line in tax_lines), ZERO)
    detail = {"TotalTax": tax, "TaxLine": tax_lines}
    return {**record, "TxnTaxDetail": detail, "TotalAmt": total if mode == "TaxInclusive" else total + tax}


def _tax_lines(books: Books, per_code: dict[str, Decimal], inclusive: bool) -> list[Record]:
    return [
        _tax_line(rate, net, inclusive)
        for code, net in per_code.items()
        for rate in books.all("tax_rates")
        if rate["_code"] == code
    ]


def _tax_line(rate: Record, base: Decimal, inclusive: bool) -> Record:
    percent = rate["RateValue"]
    tax = rounded(base * percent / (100 + percent) if inclusive else base * percent / 100)
    detail = {
        "TaxRateRef": {"value": rate["Id"]},
        "PercentBased": True,
        "TaxPercent": percent,
        "NetAmountTaxable": base - tax if inclusive else base,
    }
    return {"Amount": tax, "DetailType": "TaxLineDetail", "TaxLineDetail": detail}


def _without_tax(record: Record) -> Record:
    return {name: value for name, value in record.items() if name != "TxnTaxDetail"}


def _with_pseudo_code(line: Record) -> Record:
    if line["DetailType"] not in _TAXED:
        return line
    code = _code(line) or "NON"
    if code not in PSEUDO:
        raise RefusedError(6100, f"Invalid tax code {code} : US companies use TAX or NON on lines", "TaxCodeRef")
    field = DETAILS[line["DetailType"]][0]
    return {**line, field: {**line[field], "TaxCodeRef": {"value": code}}}


def _real_code(books: Books, line: Record) -> str:
    code = _code(line)
    record = books.get("tax_codes", code) if code else None
    if record is None or code in PSEUDO or not record["Active"]:
        raise business(f"Every line needs the id of an active tax code; {code} is none", "TaxCodeRef")
    return str(record["Id"])


def _code(line: Record) -> str | None:
    code = line[DETAILS[line["DetailType"]][0]].get("TaxCodeRef")
    return code["value"] if code else None
