"""Automap: what is linked without a person is right, always; what is doubtful is proposed with its evidence."""

from itertools import permutations

import pytest

from benchmarks.automap import by_automap, by_rapidfuzz, quality, without_form
from jobledger.mapping.automap import propose
from jobledger.systems.base import Card
from sandbox.datasets import adopt, truth

DENVER = {"phone": "(303) 555-0142", "postal_code": "80216", "city": "Denver"}
BOISE = {"phone": "208-555-0199", "postal_code": "83702", "city": "Boise"}
MAIL = {"email": "office@acme-concrete.com"}


def company(id, name, evidence=None, **more):
    return Card(id=str(id), name=name, evidence=evidence or {}, **more)


def companies(left, right):
    sides = (
        [company(f"{side}{i}", *one) for i, one in enumerate(entries)] for side, entries in (("l", left), ("r", right))
    )
    return propose(*sides, "companies")


SAME = [
    (("Acme Concrete LLC",), ("ACME Concrete, L.L.C.",)),
    (("Acme Concrete LLC",), ("Acme Concrete",)),
    (("The Gallegos Concrete Company",), ("Gallegos Concrete Co.",)),
    (("Peña & Sons, Inc.",), ("Pena and Sons Inc",)),
    (("J.B. O'Brien Electric",), ("JB OBrien Electric, Ltd.",)),
    (("Acme LLC", DENVER), ("Acme Inc", {"phone": "+1 303 555 0142 x14"})),
    (("Steele Framing", {**DENVER, **MAIL}), ("Steel Framing", {**DENVER, **MAIL})),
    (("Kaufman Bros Mechanical", DENVER), ("Kaufman Brothers Mechanical", DENVER)),
    (("Acme Concrete", DENVER), ("Acme Concrete", {**DENVER, "phone": "720 555 0000"})),
]
DOUBTFUL = [
    (("Acme Concrete", DENVER), ("Acme Concrete, Inc.", BOISE)),
    (("Summit Drywall LLC",), ("Summit Drywall Inc.",)),
    (("Steele Framing",), ("Steel Framing",)),
    (("Steele Framing", DENVER), ("Steel Framing", {"phone": DENVER["phone"]})),
    (("Acme Concrete East", DENVER | MAIL), ("Acme Concrete West", DENVER | MAIL)),
    (("Acme Concrete", DENVER | MAIL), ("Acme Concrete West", DENVER | MAIL)),
    (("Local 1 Plumbing", DENVER | MAIL), ("Local 2 Plumbing", DENVER | MAIL)),
    (("Front Range Concrete", {"city": "Denver"}), ("Front Range", {"city": "Denver"})),
    (("Acme Concrete",), ("Acme Concrete (Boise)",)),
    (("Acme Concrete", {"tax_number": "12-3456789"}), ("Acme Concrete", {"tax_number": "98-7654321"})),
    (("Acme Concrete", DENVER | MAIL), ("Sunrise Foundations", DENVER | MAIL)),
]
DIFFERENT = [
    (("Baker Electric", BOISE), ("Becker Electric", DENVER)),
    (("Nygaard Hardware Supply", {"postal_code": "80216"}), ("Arapaho Hardware Supply", {"postal_code": "80216"})),
    (("Acme Concrete", {"email": "acme@gmail.com"}), ("Zeller Roofing", {"email": "zeller@gmail.com"})),
    (("Local 1 Plumbing",), ("Local 2 Plumbing",)),
    (("A",), ("B",)),
    (("",), ("LLC",)),
]


@pytest.mark.feature("SMX-QBO-19", "SMX-QBO-20")
@pytest.mark.parametrize(("one", "other"), SAME)
def test_what_is_surely_the_same_company_is_said_to_be(one, other):
    for left, right in permutations((one, other)):
        assert [proposal.sure for proposal in companies([left], [right])] == [True]


@pytest.mark.feature("SMX-QBO-21", "ACC-4")
@pytest.mark.parametrize(("one", "other"), DOUBTFUL)
def test_what_only_a_person_can_tell_is_proposed_and_never_sure(one, other):
    for left, right in permutations((one, other)):
        assert [proposal.sure for proposal in companies([left], [right])] == [False]


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_companies_are_not_even_proposed(one, other):
    assert companies([one], [other]) == []


def test_two_candidates_are_both_proposed_and_neither_is_sure():
    proposals = companies([("Acme Concrete LLC",)], [("Acme Concrete",), ("Acme Concrete Inc.", DENVER)])
    assert [(one.right_id, one.sure) for one in proposals] == [("r0", False), ("r1", False)]
    assert "2 companies have this name" in proposals[0].evidence


def test_a_branch_in_brackets_is_a_rival_of_the_name_without_it():
    proposals = companies([("Acme Concrete",)], [("Acme Concrete, Inc.",), ("Acme Concrete (Denver)",)])
    assert [one.sure for one in proposals] == [False, False]


def test_an_archived_record_is_never_linked_without_a_person():
    proposals = propose([company(1, "Acme")], [company(2, "Acme", active=False)], "companies")
    assert [one.sure for one in proposals] == [False]


def test_a_merged_record_is_not_proposed():
    assert propose([company(1, "Acme")], [company(2, "Acme", merged_into="3")], "companies") == []


def test_evidence_is_in_words():
    [proposal] = companies([("Acme Concrete LLC", DENVER)], [("Acme Concrete", {"phone": "303.555.0142"})])
    assert proposal.evidence == ("same name without 'LLC'", "same phone 303 555 0142")


def test_more_agreement_scores_higher():
    less, more = (
        companies([("Steele Framing", known)], [("Steel Framing", known)])[0].score
        for known in ({}, {"city": "Denver"})
    )
    assert more > less


@pytest.mark.feature("SMX-QBO-21")
@pytest.mark.parametrize(("scale", "seed"), [(1, 7), (1, 11), (4, 8)])
def test_two_filled_directories_are_matched_without_one_wrong_link(scale, seed):
    story, pairs = adopt.scenario(scale, seed), truth("adopt", scale, seed)
    left = [_company_card(index, one) for index, one in enumerate(story.contractor.companies)]
    right = [_company_card(index, one) for index, one in enumerate(story.books.contacts)]
    proposals = propose(left, right, "companies")
    sure = {(left[int(p.left_id)].name, right[int(p.right_id)].name) for p in proposals if p.sure}
    found = {(left[int(p.left_id)].name, right[int(p.right_id)].name) for p in proposals}
    assert sure - set(pairs["companies"]) == set()
    assert len(sure) >= 0.95 * len(pairs["companies"])
    assert {*pairs["companies"], *pairs["companies_doubtful"]} - found == set()
    assert len(found) <= 1.1 * len({*pairs["companies"], *pairs["companies_doubtful"]})


@pytest.mark.parametrize(("scale", "seed"), [(1, 7), (4, 8)])
def test_the_projects_of_two_filled_systems_are_matched_without_one_wrong_link(scale, seed):
    story, pairs = adopt.scenario(scale, seed), truth("adopt", scale, seed)
    left = [Card(id=one.name, name=one.name, number=one.number) for one in story.contractor.projects]
    right = [Card(id=job, name=job) for job in story.books.jobs]
    proposals = propose(left, right, "projects")
    assert {(p.left_id, p.right_id) for p in proposals if p.sure} == set(pairs["projects"])
    assert {(p.left_id, p.right_id) for p in proposals if not p.sure} >= set(pairs["projects_doubtful"])


def _company_card(id, one):
    place = one.place
    known = {"phone": one.phone, "email": one.email, "fax": getattr(one, "fax", "")}
    known |= {"city": place.city, "postal_code": place.zip, "state": place.state} if place else {}
    return company(id, one.name, {key: value for key, value in known.items() if value})


def projects(left, right, kind="projects"):
    def cards(side, entries):
        return [Card(id=f"{side}{i}", name=name, number=number) for i, (number, name) in enumerate(entries)]

    return [(p.left_id, p.right_id, p.sure) for p in propose(cards("l", left), cards("r", right), kind)]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        [("25-002", "Riverside Tower"), ("", "RIVERSIDE  TOWER")],
        [("25-002", "Riverside Tower"), ("", "25-002 Riverside Tower")],
        [("25-002", "Riverside Tower"), ("25-002", "Riverside Tower, Phase 1")],
        [("25-002", "Riverside Tower"), ("", "25-002")],
    ],
)
def test_projects_of_one_number_or_name_are_the_same(left, right):
    assert projects([left], [right]) == [("l0", "r0", True)]
    assert projects([right], [left]) == [("l0", "r0", True)]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        [("25-002", "Garage"), ("25-003", "Garage")],
        [("25-002", "Riverside Tower"), ("25-002", "Fire Station")],
        [("25-002", "I-76 Logistics Warehouse"), ("", "Logistics Warehouse")],
        [("25-002", "Riverside Tower"), ("", "Riverside Towers")],
    ],
)
def test_projects_that_are_only_alike_are_for_a_person(left, right):
    assert projects([left], [right]) == [("l0", "r0", False)]


def test_projects_of_one_name_are_told_apart_by_their_numbers():
    garages = [("25-002", "Garage"), ("25-003", "Garage")]
    assert sorted(projects(garages, garages)) == [("l0", "r0", True), ("l1", "r1", True)]


def test_phases_of_a_project_are_not_taken_for_each_other():
    assert projects([("", "Foundry Apartments Phase 1")], [("", "Foundry Apartments Phase 2")]) == []


def test_a_project_claimed_by_number_and_by_name_is_for_a_person():
    found = projects([("25-002", "Garage")], [("25-002", "Tower"), ("", "Garage")])
    assert [sure for _, _, sure in found] == [False, False]


def test_a_cost_code_is_its_code_whatever_its_case_and_nothing_else():
    left = [("03-300.S", "Concrete"), ("05-120.M", "Steel"), ("09-900.S", "Paint")]
    right = [("03-300.s", "Something else"), ("05 120 M", "Steel"), ("09-900", "Paint")]
    assert projects(left, right, "cost_codes") == [("l0", "r0", True)]


def test_thousands_of_companies_are_matched_in_about_a_second():
    left = [company(i, f"Company {chr(97 + i % 26)}{i} Concrete LLC", DENVER) for i in range(3000)]
    right = [company(i, f"Company {chr(97 + i % 26)}{i} Concrete") for i in range(3000)]
    proposals = propose(left, right, "companies")
    assert [p for p in proposals if p.left_id != p.right_id or not p.sure] == []
    assert len(proposals) == 3000


@pytest.mark.feature("SMX-QBO-19", "SMX-QBO-20", "ACC-4")
def test_on_labelled_names_what_is_preselected_is_right_and_more_is_found_than_by_simpler_ways():
    precision, recall, _, _ = quality(by_automap)
    assert precision >= 0.995
    assert recall > max(quality(way)[1] for way in (without_form, by_rapidfuzz))
