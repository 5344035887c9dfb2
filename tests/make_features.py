"""Writes docs/features.md from docs/features.yaml and the marks on tests.

python -m tests.make_features
"""

from __future__ import annotations

from collections import Counter

from tests.features import ROOT, Feature, Features, Proofs, collect_marks, read_features

PAGE = ROOT / "docs" / "features.md"
COMMAND = "python -m tests.make_features"
SHOWN = 3

STATES = {
    "proved": "a test that carries the id's mark holds it",
    "planned": "not there yet, or there without a test that proves it",
    "by_airflow": "Airflow itself does it",
    "not_offered": "left out on purpose; the reason stands beside it",
    "documented": "nothing to do but to know it; the page that says it stands beside it",
}

HEAD = """# Features

What Jobledger does, one line each, with an id that stays. The letters say where a line belongs: XER Procore and Xero,
SMX-QBO QuickBooks Online, QBD QuickBooks Desktop, PEX cards, PRC-API the rules of Procore's API, XTR what else is known
of the vendors' products, ACC accounting.

This page is made: `{command}` writes it from `docs/features.yaml` and from the marks on tests
(`@pytest.mark.feature("XER-117")`). Tests of the sandbox prove what the stand-in does and are not counted.
A name in brackets is the setting in the integration file. Paths of tests begin at `tests/`.

| state | means | features |
|---|---|---|
{counts}
"""

GROUP = """## {title}

| id | what it does | state | proved by |
|---|---|---|---|
{rows}
"""


def page(features: Features, proofs: Proofs) -> str:
    """The text of docs/features.md."""
    counted = {id: [test for test in tests if not _of_sandbox(test)] for id, tests in proofs.items()}
    head = HEAD.format(command=COMMAND, counts=_counts(features, counted))
    return "\n".join([head, *(_group(title, group, counted) for title, group in features.groups.items())])


def state_of(feature: Feature, proofs: Proofs) -> str:
    """The state that the file gives, else `proved` where a test carries the mark, else `planned`."""
    return feature.state or ("proved" if proofs.get(feature.id) else "planned")


def current_page() -> str:
    """The page as it would be written now."""
    return page(read_features(), collect_marks())


def _of_sandbox(test: str) -> bool:
    return test.startswith("tests/sandbox/")


def _counts(features: Features, proofs: Proofs) -> str:
    counts = Counter(state_of(feature, proofs) for feature in features)
    rows = [_row(_words(state), meaning, str(counts[state])) for state, meaning in STATES.items()]
    return "\n".join([*rows, _row("", "all", str(counts.total()))])


def _group(title: str, group: tuple[Feature, ...], proofs: Proofs) -> str:
    return GROUP.format(title=title, rows="\n".join(_feature_row(feature, proofs) for feature in group))


def _feature_row(feature: Feature, proofs: Proofs) -> str:
    settings = ", ".join(f"`{key}`" for key in feature.settings)
    text = f"{feature.text} ({settings})" if settings else feature.text
    return _row(feature.id, text, _words(state_of(feature, proofs)), _evidence(feature, proofs.get(feature.id, [])))


def _evidence(feature: Feature, tests: list[str]) -> str:
    shown = [f"`{test.removeprefix('tests/')}`" for test in tests[:SHOWN]]
    more = [f"{len(tests) - SHOWN} more"] if len(tests) > SHOWN else []
    return "<br>".join([feature.why, *shown, *more] if feature.why else [*shown, *more])


def _words(state: str) -> str:
    return state.replace("_", " ").replace("airflow", "Airflow")


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    PAGE.write_text(current_page(), encoding="utf-8")
