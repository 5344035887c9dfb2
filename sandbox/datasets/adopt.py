"""The dataset `adopt`: both systems were used for years without each other, and half of each is in the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from sandbox.datasets import adopt_documents, bookkeeping, story
from sandbox.datasets.books import RETAINAGE_ITEM, RETAINAGE_PAYABLE, Books, Contact, Item
from sandbox.datasets.cast import SAME_NAME
from sandbox.datasets.masterformat import LONG_CODE
from sandbox.datasets.model import Company, Contractor, Project
from sandbox.datasets.scenario import Pair, Scenario

KEPT = ("24-017", "24-021", "25-002", "25-004", "25-008", "26-001", "26-003")
"""The first dozen's projects that are in Procore; of each further dozen it is every second one."""

JOBS: dict[str, str] = {
    "24-017": "Cherry Creek Elementary School Addition",
    "24-021": "PLATTE VALLEY MEDICAL CLINIC",
    "25-004": "The Foundry Apartments - Phase 2",
    "26-003": "Aurora Fire Station 19",
}
DOUBTFUL_JOBS: dict[str, str] = {"25-002": "Logistics Warehouse", "25-008": "Bear Creek Bridge"}
MOST_LATER_JOBS = 80
"""A tracking category holds 100 active options."""

XERO_ONLY_JOBS = ("Muñoz Branch Library", "Cheyenne Data Hall", "Old Town Parking Garage")
SURE, CONFLICTING, SHORTENED, TWO_CANDIDATES = 43, 6, 5, 3
KNOWN_CAST = ("cast-baker-1", "cast-smith-2", "cast-nunez", "cast-mueller")
"""Companies of the cast that have a contact; the twins of two of them have none."""

ONLY_IN_XERO = 30
DOUBTFUL_CODES: tuple[tuple[str, str], ...] = (("05-120", "05 120 S"), ("09-900", "09-900"), ("26-510", "26510S"))


@dataclass(frozen=True)
class Matches:
    """Contacts made from companies: pairs that are the same, and pairs on which the evidence disagrees."""

    sure: tuple[tuple[Company, Contact], ...]
    doubtful: tuple[tuple[Company, Contact], ...]

    @property
    def contacts(self) -> tuple[Contact, ...]:
        """Each contact once."""
        return tuple(dict.fromkeys(contact for _, contact in (*self.sure, *self.doubtful)))


def scenario(scale: int, seed: int) -> Scenario:
    """Half of the contractor in Procore, half in Xero, and the pairs in between."""
    everything = story.contractor(scale, seed)
    rng = Random(seed + 2)
    in_procore = _kept(everything)
    matches = _matches(rng, in_procore, scale)
    jobs = _jobs(in_procore.projects, scale)
    items, codes, doubtful_codes = _items(in_procore)
    paper = adopt_documents.counterparts(rng, in_procore, dict(matches.sure), jobs, scale)
    all_jobs = (*jobs.values(), *XERO_ONLY_JOBS)
    contacts = (*matches.contacts, *_only_in_xero(rng, everything, in_procore, scale))
    documents = [
        *bookkeeping.overheads(rng),
        *bookkeeping.partly_paid(bookkeeping.job_bills(rng, 40 * scale, contacts, all_jobs)),
        *bookkeeping.card_spend(rng, 60 * scale, all_jobs),
        *paper.bills,
    ]
    names = {project.number: project.name for project in in_procore.projects}
    truth: dict[str, list[Pair]] = {
        "companies": [(company.name, contact.name) for company, contact in matches.sure],
        "companies_doubtful": [(company.name, contact.name) for company, contact in matches.doubtful],
        "projects": [(names[number], job) for number, job in jobs.items() if number not in DOUBTFUL_JOBS],
        "projects_doubtful": [(names[number], job) for number, job in DOUBTFUL_JOBS.items()],
        "cost_codes": codes,
        "cost_codes_doubtful": doubtful_codes,
        **paper.truth,
    }
    all_contacts = (*bookkeeping.office_contacts(scale), *contacts)
    return Scenario(in_procore, Books(all_contacts, items, all_jobs, paper.orders, tuple(documents)), truth)


def _kept(everything: Contractor) -> Contractor:
    """The contractor with half of its projects, and the companies of these, of the cast and every third other one."""
    later = [project.number for project in everything.projects[12::2]]
    numbers = {*KEPT, *later}
    commitments = tuple(one for one in everything.commitments if one.project in numbers)
    keys = {one.key for one in commitments}
    direct_costs = tuple(one for one in everything.direct_costs if one.project in numbers)
    used = {one.company for one in commitments} | {one.company for one in direct_costs}
    return replace(
        everything,
        companies=tuple(
            company
            for index, company in enumerate(everything.companies)
            if company.key in used or company.key.startswith("cast") or index % 3 == 0
        ),
        projects=tuple(one for one in everything.projects if one.number in numbers),
        commitments=commitments,
        change_orders=tuple(one for one in everything.change_orders if one.commitment in keys),
        periods=tuple(one for one in everything.periods if one.project in numbers),
        invoices=tuple(one for one in everything.invoices if one.commitment in keys),
        payments=tuple(one for one in everything.payments if one.commitment in keys),
        direct_costs=direct_costs,
    )


def _matches(rng: Random, contractor: Contractor, scale: int) -> Matches:
    """Companies with commitments first, so that documents can correspond."""
    used = dict.fromkeys(one.company for one in contractor.commitments)
    by_key = {company.key: company for company in contractor.companies}
    others = [company.key for company in contractor.companies if company.key not in used]
    pool = iter([by_key[key] for key in (*used, *others) if not key.startswith("cast")])
    known = [by_key[key] for key in KNOWN_CAST]
    sure = [*known, *(next(pool) for _ in range(SURE * scale - len(known)))]
    conflicting = [next(pool) for _ in range(CONFLICTING * scale)]
    shortened = [next(pool) for _ in range(SHORTENED * scale)]
    twofold = [next(pool) for _ in range(TWO_CANDIDATES * scale)]
    namesakes = [company for company in contractor.companies if company.name == SAME_NAME]
    namesake = Contact(f"{SAME_NAME}, Inc.")
    doubtful = (
        *((company, _elsewhere(rng, company)) for company in conflicting),
        *((company, _shortened(company)) for company in shortened),
        *((company, contact) for company in twofold for contact in _two(rng, company)),
        *((company, namesake) for company in namesakes),
    )
    first_of = {contact.name.casefold(): contact for _, contact in reversed(doubtful)}
    return Matches(
        sure=tuple((company, bookkeeping.same_company(rng, company)) for company in sure),
        doubtful=tuple(pair for pair in doubtful if first_of[pair[1].name.casefold()] is pair[1]),
    )


def _elsewhere(rng: Random, company: Company) -> Contact:
    """The same name with another phone and another city: a branch, a mistake, or another company."""
    place = replace(company.place, city="Boise", state="ID", zip="83702", street=f"{rng.randint(100, 999)} Main St")
    return Contact(bookkeeping.same_name(rng, company.name), f"208.555.{rng.randint(1000, 9999)}", place=place)


def _shortened(company: Company) -> Contact:
    """Only the beginning of the name, in the same city, without a phone."""
    words = company.name.split()
    return Contact(" ".join(words[: max(2, len(words) - 2)]) + " (CO)", place=company.place)


def _two(rng: Random, company: Company) -> tuple[Contact, Contact]:
    """Two contacts that could both be the company: neither has a phone."""
    name = bookkeeping.same_name(rng, company.name)
    return Contact(name), Contact(f"{name} ({company.place.city})", place=company.place)


def _only_in_xero(rng: Random, everything: Contractor, kept: Contractor, scale: int) -> tuple[Contact, ...]:
    """Companies of the contractor that Procore's half does not know."""
    known = {company.key for company in kept.companies}
    missing = [company for company in everything.companies if company.key not in known]
    return tuple(bookkeeping.same_company(rng, company) for company in missing[: ONLY_IN_XERO * scale])


def _jobs(projects: Sequence[Project], scale: int) -> dict[str, str]:
    """Tracking options by project number: by hand for the first dozen, every second one of the others as it is."""
    later = [project for project in projects if project.number not in KEPT][::2]
    return {
        **JOBS,
        **DOUBTFUL_JOBS,
        **{project.number: project.name for project in later[: min(3 * (scale - 1), MOST_LATER_JOBS)]},
    }


def _items(contractor: Contractor) -> tuple[tuple[Item, ...], list[Pair], list[Pair]]:
    """The retainage item, an item for every third budget code in use, and three whose codes are written otherwise."""
    used = sorted({line.budget_code for one in contractor.commitments for line in one.lines})
    odd = {f"{code}.S" for code, _ in DOUBTFUL_CODES}
    chosen = [code for code in used if code not in odd and not code.startswith(LONG_CODE.code)][::3]
    own = [f"{code}.{cost_type}" for code, cost_type in bookkeeping.JOB_ITEMS]
    sure = sorted({*chosen, *own})
    items = [bookkeeping.item(*code.rsplit(".", 1)) for code in sure]
    doubtful = [replace(bookkeeping.item(code, "S"), code=written) for code, written in DOUBTFUL_CODES]
    retainage = Item(RETAINAGE_ITEM, "Retainage payable", RETAINAGE_PAYABLE)
    pairs = [(f"{code}.S", written) for code, written in DOUBTFUL_CODES]
    return (retainage, *items, *doubtful), [(code, code) for code in sure], pairs
