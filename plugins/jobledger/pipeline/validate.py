"""Validate: the target's Great Expectations suite over the documents that are to be written, chunk by chunk.

Only row rules: exact sums are checked elsewhere, because aggregates turn Decimals into floats. Great Expectations and
pandas are imported when there is something to validate: a night without changes does not pay for them.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator
from typing import Any, TypedDict

from jobledger.errors import FixTheSetup
from jobledger.mapping.flow import Flow
from jobledger.mapping.suite import Rule, Suite
from jobledger.pipeline.garbage import seldom_collected
from jobledger.pipeline.map import MappedRows
from jobledger.pipeline.run import FlowRun
from jobledger.pipeline.staging import Staged, chunks

CHUNK = 25_000
"""Rows that are checked at once: what Great Expectations takes for a call of its own does not depend on them."""


class Validated(TypedDict):
    """What validate hands to load: a row for each broken expectation, and whether the suite stops the whole flow."""

    file: str
    rows: int
    bad: int
    stopped: bool


@seldom_collected
def validate(run: FlowRun, mapped: MappedRows) -> Validated:
    """Stages a verdict for each broken expectation. Raises `FixTheSetup` for one that cannot be evaluated."""
    if run.suite is None:
        return Validated(file="", rows=0, bad=0, stopped=False)
    tally = {"checked": 0, "bad": 0}
    staged = run.staging.write("validate", _verdicts(run, run.suite, mapped, tally))
    share = tally["bad"] / tally["checked"] if tally["checked"] else 0.0
    stopped = run.suite.stop_when_bad is not None and share > run.suite.stop_when_bad
    return Validated(**staged, bad=tally["bad"], stopped=stopped)


def _verdicts(run: FlowRun, suite: Suite, mapped: MappedRows, tally: dict[str, int]) -> Iterator[dict[str, Any]]:
    staged = Staged(file=mapped["file"], rows=mapped["rows"])
    checked = frozenset(column for rule in suite.rules for column in rule.columns)
    to_write = (
        _lean(run.flow, checked, row) for row in run.staging.read(staged) if row["decision"] in ("create", "update")
    )
    for rows in chunks(to_write, CHUNK):
        found = broken_of(run.flow, suite, rows)
        tally["checked"] += len(rows)
        tally["bad"] += len({index for index, _, _ in found})
        for index, rule, value in found:
            yield _verdict(rows[index], rule, value)


def _lean(flow: Flow, checked: Collection[str], row: dict[str, Any]) -> dict[str, Any]:
    """A planned document with its values at the paths that rules are about: many of them are held at once."""
    lines = [
        {path: value for path, value in line.items() if f"{flow.lines_to}.{path}" in checked} for line in row["lines"]
    ]
    fields = {path: value for path, value in row["fields"].items() if path in checked}
    return {"source_id": row["source_id"], "part": row["part"], "fields": fields, "lines": lines}


def broken_of(flow: Flow, suite: Suite, rows: list[dict[str, Any]]) -> list[tuple[int, Rule, Any]]:
    """The broken rules of some planned documents, those about their lines included: index, rule and value."""
    of_lines = suite.about(f"{flow.lines_to}.") if flow.lines else None
    header = suite.without(of_lines) if of_lines else suite
    header = header.over(flow.fields) if flow.amends else header
    found = broken(header, [row["fields"] for row in rows])
    if of_lines is None:
        return found
    places = [index for index, row in enumerate(rows) for _ in row["lines"]]
    lines = [
        {f"{flow.lines_to}.{path}": value for path, value in line.items()} for row in rows for line in row["lines"]
    ]
    found += [(places[index], rule, value) for index, rule, value in (broken(of_lines, lines) if lines else [])]
    return sorted(found, key=lambda one: one[0])


def _verdict(row: dict[str, Any], rule: Rule, value: Any) -> dict[str, Any]:
    return {
        "source_id": row["source_id"],
        "part": row["part"],
        "field": rule.column,
        "value": _shortened(value),
        "because": rule.because,
        "remedy": rule.remedy,
    }


def broken(suite: Suite, documents: list[dict[str, Any]]) -> list[tuple[int, Rule, Any]]:
    """The broken rules of some documents (flat field -> value): index of the document, rule and offending value."""
    import pandas

    results = _batch(pandas.DataFrame(documents, columns=_columns(suite, documents), dtype=object)).validate(
        _gx_suite(suite), result_format="COMPLETE"
    )
    rules = {str(number): rule for number, rule in enumerate(suite.rules)}
    found = []
    for result in results.results:
        rule = rules[result.expectation_config.meta["rule"]]
        if not result.success:
            found += [(index, rule, documents[index].get(rule.column)) for index in _bad_rows(suite, rule, result)]
    return sorted(found, key=lambda one: one[0])


def _bad_rows(suite: Suite, rule: Rule, result: Any) -> list[int]:
    if result.exception_info and any(info.get("raised_exception") for info in _exceptions(result.exception_info)):
        raise FixTheSetup(
            f"include/expectations/{suite.target}.yaml: {rule.type} on {rule.column}",
            "cannot be evaluated: "
            + "; ".join(str(i.get("exception_message")) for i in _exceptions(result.exception_info)),
            "Mend the expectation.",
        )
    return list(result.result.get("unexpected_index_list") or [])


def _exceptions(info: dict[str, Any]) -> list[dict[str, Any]]:
    return [info] if "raised_exception" in info else list(info.values())


def _columns(suite: Suite, documents: Iterable[dict[str, Any]]) -> list[str]:
    return sorted(
        {column for rule in suite.rules for column in rule.columns}
        | {path for document in documents for path in document}
    )


def _gx_suite(suite: Suite) -> Any:
    import great_expectations
    from great_expectations.expectations.metadata_types import FailureSeverity
    from great_expectations.expectations.registry import get_expectation_impl

    # a suite made from dictionaries drops what it does not understand, so each expectation is made by its class
    made = great_expectations.ExpectationSuite(name=suite.target)
    for number, rule in enumerate(suite.rules):
        where = f"include/expectations/{suite.target}.yaml: {rule.type} on {rule.column}"
        try:
            expectation = get_expectation_impl(rule.type)(
                **rule.kwargs, severity=FailureSeverity(rule.severity), meta={"rule": str(number)}
            )
        except Exception as error:
            raise FixTheSetup(
                where, f"is not an expectation that Great Expectations knows ({error}).", "Mend it."
            ) from error
        made.add_expectation(expectation)
    return made


def _batch(frame: Any) -> Any:
    import great_expectations
    from great_expectations.data_context.types.base import ProgressBarsConfig

    logging.getLogger("great_expectations").setLevel(logging.WARNING)  # it tells of every temporary folder
    context = great_expectations.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("documents").add_dataframe_asset("documents")
    batch = asset.add_batch_definition_whole_dataframe("all")
    return batch.get_batch(batch_parameters={"dataframe": frame})


def _shortened(value: Any) -> Any:
    return f"{value[:100]}… ({len(value)} characters)" if isinstance(value, str) and len(value) > 120 else value
