"""What should be, by plain arithmetic: commitments, invoices, payments and costs as an accountant reckons.

Nothing here knows the pipeline or the sandbox.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

ZERO = Decimal(0)
CENT = Decimal("0.01")


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def total(amounts: Any) -> Decimal:
    return sum(amounts, ZERO)


def decimals(number: Decimal) -> int:
    return max(0, -int(number.normalize().as_tuple().exponent))


@dataclass(frozen=True)
class Line:
    """A line of a schedule of values or change order; without a quantity it goes by the amount."""

    code: str
    amount: Decimal
    quantity: Decimal | None = None
    unit_cost: Decimal | None = None

    def on_order(self) -> tuple[Decimal, Decimal]:
        """Quantity and unit amount on a purchase order, which holds four and two decimals (ACC-10)."""
        quantity, price = self.quantity or ZERO, self.unit_cost or ZERO
        fits = quantity and decimals(price) <= 2 and decimals(quantity) <= 4
        return (quantity, price) if fits and cents(quantity * price) == self.amount else (Decimal(1), self.amount)


@dataclass
class Item:
    """What has been billed of one line, or of a change order as a whole (`lines` has several then)."""

    lines: tuple[Line, ...]
    work: Decimal = ZERO
    stored: Decimal = ZERO
    kept_on_work: Decimal = ZERO
    kept_on_stored: Decimal = ZERO

    @property
    def value(self) -> Decimal:
        return total(line.amount for line in self.lines)

    @property
    def kept(self) -> Decimal:
        return self.kept_on_work + self.kept_on_stored


@dataclass(frozen=True)
class Share:
    """What one month does to a line, in percent: of what is left to be billed, and of what is held."""

    work: int = 0
    stored: int = 0
    used_up: bool = False
    released: int = 0


@dataclass(frozen=True)
class Month:
    """What one invoice says of one line."""

    work: Decimal
    stored: Decimal
    kept_on_work: Decimal
    released_on_work: Decimal
    kept_on_stored: Decimal
    released_on_stored: Decimal

    @classmethod
    def of(cls, item: Item, share: Share, rate: Decimal) -> Month:
        left = item.value - item.work - item.stored
        used = item.stored if share.used_up else ZERO
        work = cents(left * share.work / 100) + used
        stored = item.stored - used + cents(left * min(share.stored, 100 - share.work) / 100)
        let_go = Decimal(share.released) / 100
        return cls(
            work=work,
            stored=stored,
            kept_on_work=cents(work * rate / 100),
            released_on_work=cents(item.kept_on_work * let_go),
            kept_on_stored=cents(stored * rate / 100),
            released_on_stored=cents(item.kept_on_stored * let_go),
        )


@dataclass
class Invoice:
    """One month of one commitment: gross amounts by code, what is held and released, and what is due."""

    number: str
    work: list[tuple[str, Decimal]]
    held: Decimal
    released: Decimal
    approved: bool
    id: str = ""

    @property
    def retained(self) -> Decimal:
        return self.held - self.released

    @property
    def due(self) -> Decimal:
        return total(amount for _, amount in self.work) - self.retained

    @property
    def says_nothing(self) -> bool:
        return not self.work and not self.held and not self.released

    @property
    def exports(self) -> bool:
        """Whether it becomes a bill: a negative one does not (XER-109), nor one of nothing (ACC-18)."""
        return self.approved and not self.says_nothing and self.due >= 0

    def bill(self) -> Counter[tuple[str, Decimal]]:
        """The lines of its bill: gross work by code, then held and released, each in a line of its own (ACC-18)."""
        down, up = max(self.held, ZERO) + max(-self.released, ZERO), max(self.released, ZERO) + max(-self.held, ZERO)
        kept = [("RETAINAGE", -down), ("RETAINAGE", up)]
        return Counter([*self.work, *((code, amount) for code, amount in kept if amount)])


@dataclass
class Contract:
    """A commitment with its change orders and invoices."""

    number: str
    lines: tuple[Line, ...]
    whole: bool = False
    """Whether its invoices bill change orders as a whole."""

    id: str = ""
    kind: str = "work_order_contracts"
    title: str = "Concrete"
    changes: dict[str, tuple[Line, ...]] = field(default_factory=dict)
    """The approved change orders by number."""

    invoices: list[Invoice] = field(default_factory=list)
    items: dict[Any, Item] = field(default_factory=dict)

    @property
    def every_line(self) -> list[Line]:
        return [*self.lines, *(line for lines in self.changes.values() for line in lines)]

    @property
    def total(self) -> Decimal:
        return total(line.amount for line in self.every_line)

    @property
    def retained(self) -> Decimal:
        """What Procore holds back by now, unapproved invoices included."""
        return total(item.kept for item in self.items.values())

    def order(self) -> Counter[tuple[str, Decimal, Decimal]]:
        """The lines of its purchase order: code, quantity, unit amount."""
        return Counter((line.code, *line.on_order()) for line in self.every_line)

    def bill(self, shares: tuple[Share, ...], rate: Decimal) -> tuple[Invoice, dict[Any, Month]]:
        """The next invoice, and what it says of each line; the shares go round the lines."""
        months = {
            key: Month.of(item, shares[place % len(shares)], rate)
            for place, (key, item) in enumerate(self.items.items())
        }
        work: list[tuple[str, Decimal]] = []
        held = released = ZERO
        for key, month in months.items():
            item = self.items[key]
            gross = month.work + month.stored - item.stored
            work += [(line.code, part) for line, part in zip(item.lines, split(gross, item.lines), strict=True)]
            held += month.kept_on_work + month.kept_on_stored - item.kept_on_stored + month.released_on_stored
            released += month.released_on_work + month.released_on_stored
            item.work += month.work
            item.stored = month.stored
            item.kept_on_work += month.kept_on_work - month.released_on_work
            item.kept_on_stored = month.kept_on_stored
        number = f"{self.number}/{len(self.invoices) + 1}"
        invoice = Invoice(number, [one for one in work if one[1]], held, released, approved=False)
        self.invoices.append(invoice)
        return invoice, months


def split(amount: Decimal, lines: tuple[Line, ...]) -> list[Decimal]:
    """An amount over lines in proportion to their own, the remainder on the last (ACC-15)."""
    whole = total(line.amount for line in lines)
    parts = [cents(amount * line.amount / whole) if whole else ZERO for line in lines[:-1]]
    return [*parts, amount - total(parts)]


@dataclass(frozen=True)
class Spent:
    """A line of a cost in the books: `project` is empty for an overhead."""

    code: str
    project: str
    quantity: Decimal
    price: Decimal

    @property
    def amount(self) -> Decimal:
        return cents(self.quantity * self.price)


@dataclass
class Cost:
    """A bill, credit, purchase or refund that began in the books."""

    kind: str
    lines: tuple[Spent, ...]
    id: str = ""

    @property
    def sign(self) -> int:
        return -1 if self.kind in ("credit", "refund") else 1

    def of_projects(self) -> dict[str, Counter[tuple[str, Decimal]]]:
        """Its signed lines by project, overheads left out (ACC-1)."""
        found: dict[str, Counter[tuple[str, Decimal]]] = {}
        for line in self.lines:
            if line.project:
                found.setdefault(line.project, Counter())[line.code, self.sign * line.amount] += 1
        return found


@dataclass
class Pair:
    """A record and its counterpart on the other side, by the table of what happens later (ACC-30).

    `ours` is what the record says, `theirs` what its counterpart says, field by field; `sent` and `seen` are the same
    when both were last in step. `night` is what a night makes of it: `open` is then the outcome that waits for a
    person, or empty.
    """

    flow: str
    ours: dict[str, Any]
    stands: bool = True
    """Whether it is in a status that is carried over."""

    gone: bool = False
    """Whether it was deleted or voided."""

    linked: bool = False
    there: bool = False
    """Whether it has a counterpart that is in use."""

    theirs: dict[str, Any] = field(default_factory=dict)
    sent: dict[str, Any] = field(default_factory=dict)
    seen: dict[str, Any] = field(default_factory=dict)
    locked: bool = False
    """Whether the counterpart may not be edited any more: it is billed, or paid."""

    credited: bool = False
    open: str = ""

    @property
    def asks(self) -> bool:
        """Whether a person decides about whatever happens to record or counterpart: so it is with bills."""
        return self.flow == "invoices"

    def night(self, refused: bool = False) -> None:
        """`refused`: nothing new is taken there, because what it is about is gone."""
        self.open = ""
        if not self.linked:
            if self.stands and not self.gone and refused:
                self.open = "conflict"
            elif self.stands and not self.gone:
                self.linked = self.there = True
                self.theirs = dict(self.ours)
                self._in_step()
        elif self.gone:
            self._removed()
        elif not self.stands:
            self.open = "blocked"
        elif not self.there or self.credited:
            self.open = "conflict"
        else:
            self._compared()

    def _removed(self) -> None:
        if self.asks or (self.there and self.locked):
            self.open = "conflict"
        else:
            self.there = False

    def _compared(self) -> None:
        differ = [name for name, value in self.ours.items() if value != self.theirs[name]]
        ours = [name for name in differ if self.ours[name] != self.sent[name]]
        theirs = [name for name in differ if self.theirs[name] != self.seen[name]]
        if self.flow == "job_costs" and ours:  # a change of the cost writes over what was edited (XTR-38)
            ours, theirs = differ, []
        if set(ours) & set(theirs) or (theirs and self.asks) or (ours and self.locked):
            self.open = "conflict"
            return
        self.theirs |= {name: self.ours[name] for name in ours}
        self._in_step(but=theirs)

    def _in_step(self, but: Sequence[str] = ()) -> None:
        self.sent |= {name: value for name, value in self.ours.items() if name not in but}
        self.seen |= {name: value for name, value in self.theirs.items() if name not in but}
