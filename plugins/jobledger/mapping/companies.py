"""Which companies of two directories may be the same (SMX-QBO-19..21, XER-11, XER-12, ACC-4).

Two companies are surely the same if their names are equal without case, punctuation and legal form, nobody else on
either side has that name, and nothing speaks against it (another phone and another place; another tax number; another
legal form that nothing makes up for). A name that is only alike is sure if every word has its counterpart and two
independent things agree: phone, e-mail domain, place, tax number. All else is a proposal for a person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from heapq import nlargest
from itertools import combinations
from typing import NamedTuple

from rapidfuzz import fuzz

from jobledger.mapping.candidates import Named, Proposal, blocked_pairs, equal_pairs
from jobledger.mapping.names import CompanyName, company, distinguishing, mail_domain, phone_key, postcode_key

ALIKE_ENOUGH = (87.0, 74.0, 50.0, 0.0)
"""How alike two names must be (0 to 100) to be proposed, by the number of things that agree."""

SURELY_ALIKE = 85.0
SHORTENED = 75.0
MOST_PROPOSALS = 5


class Company(NamedTuple):
    """A company with everything comparable worked out once."""

    card: Named
    name: CompanyName
    phones: frozenset[str]
    mail: str
    postcode: str
    city: str
    tax: str


class Findings(NamedTuple):
    """What agrees (in words, independent of each other) and what speaks against it."""

    agreeing: list[str]
    against: list[str]


def propose_companies(left: Sequence[Named], right: Sequence[Named]) -> list[Proposal]:
    """Proposals for companies that are not linked yet, the sure ones first."""
    ours, theirs = _comparable(left), _comparable(right)
    equal = [_equal(one, other, rivals) for one, other, rivals in equal_pairs(ours, theirs, lambda c: [c.name.text])]
    left_done, right_done = {p.left_id for p in equal if p.sure}, {p.right_id for p in equal if p.sure}
    left_open = [one for one in ours if one.card.id not in left_done]
    right_open = [one for one in theirs if one.card.id not in right_done]
    return equal + _promote(_similar(left_open, right_open), equal)


def _comparable(cards: Iterable[Named]) -> list[Company]:
    return [_company(card) for card in cards if card.merged_into is None]


def _company(card: Named) -> Company:
    known = card.evidence
    return Company(
        card,
        company(card.name),
        frozenset(filter(None, (phone_key(known.get("phone")), phone_key(known.get("fax"))))),
        mail_domain(known.get("email")),
        postcode_key(known.get("postal_code")),
        " ".join(known.get("city", "").casefold().split()),
        "".join(filter(str.isalnum, known.get("tax_number", ""))).upper(),
    )


def _equal(one: Company, other: Company, rivals: int) -> Proposal:
    findings = _findings(one, other)
    doubts = list(findings.against)
    if _forms_differ(one, other) and not findings.agreeing:
        doubts.append(f"different legal forms: {one.name.form}, {other.name.form}")
    if one.name.addition != other.name.addition:
        doubts.append(f"only one of them says '{one.name.addition or other.name.addition}'")
    if rivals > 1:
        doubts.append(f"{rivals} companies have this name")
    doubts += _archived(one, other)
    evidence = (_same_name(one, other), *findings.agreeing, *doubts)
    return _proposal(one, other, _score(100, findings, doubts), not doubts, evidence)


def _similar(left: list[Company], right: list[Company]) -> list[tuple[Proposal, bool]]:
    found: dict[str, list[tuple[Proposal, bool]]] = {}
    for one, other in blocked_pairs(left, right, (_words, _word_pairs, _contacts)):
        if judged := _judge(one, other):
            found.setdefault(one.card.id, []).append(judged)
    return [entry for proposals in found.values() for entry in nlargest(MOST_PROPOSALS, proposals, _by_score)]


def _by_score(entry: tuple[Proposal, bool]) -> float:
    return entry[0].score


def _words(one: Company) -> Iterable[str]:
    return one.name.words


def _word_pairs(one: Company) -> Iterable[tuple[str, ...]]:
    return combinations(sorted(set(one.name.words))[:6], 2)


def _contacts(one: Company) -> Iterable[str]:
    return filter(None, (*one.phones, one.mail, one.tax))


def _judge(one: Company, other: Company) -> tuple[Proposal, bool] | None:
    """A doubtful proposal, and whether it would be sure if both stand alone in it; None if nothing speaks for it."""
    alike = _alike(one, other)
    findings = _findings(one, other)
    if alike < ALIKE_ENOUGH[min(len(findings.agreeing), 3)] or one.name.text == other.name.text:
        return None
    if not (_called_alike(one, other) or _reached_alike(one, other)) or (findings.against and not findings.agreeing):
        return None
    doubts = findings.against + _archived(one, other)
    evidence = (f"names {alike:.0f}% alike", *findings.agreeing, *doubts)
    certain = alike >= SURELY_ALIKE and len(findings.agreeing) > 1 and not doubts and _same_words(one, other)
    return _proposal(one, other, _score(alike, findings, doubts), False, evidence), certain


def _promote(judged: list[tuple[Proposal, bool]], equal: list[Proposal]) -> list[Proposal]:
    """Makes sure what is certain and has no rival on either side, those of an equal name included."""
    everything = [*equal, *(proposal for proposal, _ in judged)]
    lefts, rights = Counter(p.left_id for p in everything), Counter(p.right_id for p in everything)
    return [
        proposal._replace(sure=certain and lefts[proposal.left_id] == rights[proposal.right_id] == 1)
        for proposal, certain in judged
    ]


def _alike(one: Company, other: Company) -> float:
    plain = fuzz.ratio(one.name.text, other.name.text)
    ordered = fuzz.token_sort_ratio(one.name.text, other.name.text)
    numbers_differ = _numbers(one) != _numbers(other)
    return max(plain, ordered, SHORTENED * _begins(one, other)) - 20 * numbers_differ


def _called_alike(one: Company, other: Company) -> bool:
    """Whether the first word of one, which says most, is found in the other."""
    ours, theirs = one.name.words, other.name.words
    return ours[0] in theirs or theirs[0] in ours or fuzz.ratio(ours[0], theirs[0]) >= 70


def _reached_alike(one: Company, other: Company) -> bool:
    return bool(one.phones & other.phones) or bool(one.mail and one.mail == other.mail) or one.tax == other.tax != ""


def _begins(one: Company, other: Company) -> bool:
    """Whether one name is the beginning of the other, as 'Front Range' is of 'Front Range Concrete'."""
    short, long = sorted((one.name.words, other.name.words), key=len)
    return long[: len(short)] == short and len("".join(short)) > 3


def _numbers(one: Company) -> set[str]:
    return {word for word in one.name.words if distinguishing(word)}


def _same_words(one: Company, other: Company) -> bool:
    """Whether the words that differ pair off as spellings or abbreviations of each other."""
    ours, theirs = set(one.name.words), set(other.name.words)
    mine, yours = sorted(ours - theirs), sorted(theirs - ours)
    return len(mine) == len(yours) and all(map(_one_word, mine, yours))


def _one_word(one: str, other: str) -> bool:
    if distinguishing(one) or distinguishing(other):
        return False
    return fuzz.ratio(one, other) >= 80 or (len(one) > 2 and len(other) > 2 and _abbreviates(one, other))


def _abbreviates(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    letters = iter(long)
    return short[:2] == long[:2] and all(letter in letters for letter in short)


def _findings(one: Company, other: Company) -> Findings:
    agreeing = [*_same_phone(one, other), *_same_mail(one, other), *_same_place(one, other)]
    against = []
    if one.tax and one.tax == other.tax:
        agreeing.append("same tax number")
    elif one.tax and other.tax:
        against.append("different tax number")
    if one.phones and other.phones and not one.phones & other.phones and _elsewhere(one, other):
        against.append("different phone and place")
    return Findings(agreeing, against)


def _same_phone(one: Company, other: Company) -> Iterator[str]:
    for digits in sorted(one.phones & other.phones)[:1]:
        spaced = f"{digits[:3]} {digits[3:6]} {digits[6:]}" if len(digits) == 10 else digits
        yield f"same phone {spaced}"


def _same_mail(one: Company, other: Company) -> Iterator[str]:
    if one.mail and one.mail == other.mail:
        yield f"same e-mail domain {one.mail}"


def _same_place(one: Company, other: Company) -> Iterator[str]:
    if one.postcode and other.postcode:
        if one.postcode == other.postcode:
            yield f"same postcode {one.postcode}"
    elif one.city and one.city == other.city:
        yield f"same city {one.city.title()}"


def _elsewhere(one: Company, other: Company) -> bool:
    if one.postcode and other.postcode:
        return one.postcode != other.postcode
    return bool(one.city and other.city) and one.city != other.city


def _forms_differ(one: Company, other: Company) -> bool:
    return bool(one.name.form and other.name.form) and one.name.form != other.name.form


def _archived(one: Company, other: Company) -> list[str]:
    return [] if one.card.active and other.card.active else ["one of them is archived"]


def _same_name(one: Company, other: Company) -> str:
    if one.card.name == other.card.name:
        return "same name"
    if one.name.form == other.name.form:
        return "same name but for case and punctuation"
    forms = " and ".join(f"'{form.upper()}'" for form in (one.name.form, other.name.form) if form)
    return f"same name without {forms}"


def _score(alike: float, findings: Findings, doubts: list[str]) -> float:
    """90% for the name, 3% for each thing that agrees, 15% off for each doubt."""
    score = 0.9 * alike / 100 + 0.03 * min(len(findings.agreeing), 3) - 0.15 * len(doubts)
    return round(max(0.0, score), 2)


def _proposal(one: Company, other: Company, score: float, sure: bool, evidence: tuple[str, ...]) -> Proposal:
    return Proposal(one.card.id, other.card.id, score, sure, evidence)
