"""How good automap is on labelled names, beside a compare without 'LLC' and the like, and beside plain rapidfuzz.

python -m benchmarks.automap
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

from rapidfuzz import fuzz, process

from jobledger.mapping.automap import propose
from jobledger.systems.base import Card

FILE = Path(__file__).parents[1] / "tests" / "data" / "companies_to_match.csv"
EVIDENCE = ("phone", "email", "city", "postal_code")
Pairs = set[tuple[str, str]]
_FORM = re.compile(r"\b(llc|l l c|inc|co|corp|ltd|company|incorporated)\b")
ALIKE = 90


def labelled() -> tuple[list[Card], list[Card], Pairs]:
    """The companies of both sides, and the pairs that are the same."""
    ours, theirs, same = [], [], set()
    with FILE.open(newline="", encoding="utf-8") as lines:
        for number, row in enumerate(csv.DictReader(lines)):
            ours.append(_card(f"p{number}", row, "procore"))
            theirs.append(_card(f"x{number}", row, "books"))
            if row["same"] == "yes":
                same.add((f"p{number}", f"x{number}"))
    return ours, theirs, same


def _card(card_id: str, row: dict[str, str], side: str) -> Card:
    known = {name: row[f"{side}_{name}"] for name in EVIDENCE if row[f"{side}_{name}"]}
    return Card(id=card_id, name=row[f"{side}_name"], evidence=known)


def by_automap(ours: list[Card], theirs: list[Card]) -> Pairs:
    """What automap has chosen already when a person looks."""
    return {(p.left_id, p.right_id) for p in propose(ours, theirs, "companies") if p.sure}


def without_form(ours: list[Card], theirs: list[Card]) -> Pairs:
    """Equal names, without case, punctuation, 'LLC' and the like."""
    there = {_plain(one.name): one.id for one in theirs}
    return {(one.id, there[key]) for one in ours if (key := _plain(one.name)) in there}


def _plain(name: str) -> str:
    return " ".join(_FORM.sub("", re.sub(r"[^a-z0-9 ]", "", name.lower())).split())


def by_rapidfuzz(ours: list[Card], theirs: list[Card]) -> Pairs:
    """The name that is most alike by `token_sort_ratio`, from 90 on."""
    there = {one.id: _plain(one.name) for one in theirs}
    found = set()
    for one in ours:
        best = process.extractOne(_plain(one.name), there, scorer=fuzz.token_sort_ratio, score_cutoff=ALIKE)
        if best:
            found.add((one.id, str(best[2])))
    return found


WAYS: dict[str, Callable[[list[Card], list[Card]], Pairs]] = {
    "automap, the preselected": by_automap,
    "equal without 'LLC'": without_form,
    "rapidfuzz from 90": by_rapidfuzz,
}


def quality(way: Callable[[list[Card], list[Card]], Pairs]) -> tuple[float, float, Pairs, Pairs]:
    """Precision and recall of a way to match, the pairs it has wrong, and those that it misses."""
    ours, theirs, same = labelled()
    found = way(ours, theirs)
    right = found & same
    return len(right) / len(found), len(right) / len(same), found - same, same - found


def main() -> None:
    """Prints precision and recall of each way."""
    for name, way in WAYS.items():
        precision, recall, _, _ = quality(way)
        print(f"  {name:26} precision {precision:7.1%}   recall {recall:7.1%}", flush=True)


if __name__ == "__main__":
    main()
