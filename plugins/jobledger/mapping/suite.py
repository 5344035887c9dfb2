"""An expectations file as a typed, validated object: what must hold for every document before it is written.

The rules are Great Expectations' own, in its own words; only rules over single columns are taken, because sums and
other aggregates turn Decimals into floats. A column is a flat target path.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from jobledger.errors import FixTheSetup
from jobledger.mapping.flow import Flow, read_yaml, validated

RuleType = Literal[
    "expect_column_values_to_not_be_null",
    "expect_column_values_to_be_null",
    "expect_column_values_to_be_unique",
    "expect_column_value_lengths_to_be_between",
    "expect_column_values_to_be_between",
    "expect_column_values_to_be_in_set",
    "expect_column_values_to_not_be_in_set",
    "expect_column_values_to_match_regex",
    "expect_column_values_to_not_match_regex",
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class RuleMeta(_Strict):
    """What a person is told when the rule is broken."""

    because: str = Field(description="Why the target does not take such a value.")
    remedy: str = Field(description="What to do, and in which product.")
    feature: str | None = Field(default=None, description="The feature or accounting rule behind it, such as XER-95.")


class Rule(_Strict):
    """One expectation, in Great Expectations' JSON form."""

    type: RuleType
    kwargs: dict[str, Any] = Field(description="Great Expectations' arguments; `column` is a flat target path.")
    severity: Literal["critical", "warning", "info"] = "critical"
    meta: RuleMeta

    @property
    def column(self) -> str:
        """The target path that the rule is about."""
        return str(self.kwargs["column"])

    @property
    def columns(self) -> tuple[str, ...]:
        """The target paths that the rule looks at: its own, and that of the condition under which it holds."""
        condition = self.kwargs.get("row_condition") or {}
        return (self.column, condition["column"]["name"]) if "column" in condition else (self.column,)

    @property
    def because(self) -> str:
        """Why the rule is there, in words."""
        return self.meta.because

    @property
    def remedy(self) -> str:
        """What a person does about a broken rule."""
        return self.meta.remedy

    @model_validator(mode="after")
    def _names_a_column(self) -> Rule:
        if not isinstance(self.kwargs.get("column"), str):
            raise ValueError("kwargs must name a column")
        return self

    @model_validator(mode="after")
    def _bounds_are_exact(self) -> Rule:
        # Great Expectations makes floats of bounds, and as a float 0.01 is more than one cent
        for name in ("min_value", "max_value"):
            bound = self.kwargs.get(name)
            if isinstance(bound, float) and not bound.is_integer():
                raise ValueError(f"{name} must be a whole number (strict_min, strict_max leave the bound itself out)")
        return self


class Suite(_Strict):
    """All rules for the documents of one target."""

    target: str = Field(
        description="`<system>.<entity>`, and `.<flow>` for one flow only; the file is called the same."
    )
    stop_when_bad: float | None = Field(
        default=None, gt=0, le=1, description="The share of bad documents beyond which nothing of the flow is written."
    )
    rules: tuple[Rule, ...] = Field(alias="expectations")

    def about(self, prefix: str) -> Suite | None:
        """The rules about columns with a prefix, as a suite of their own; None where there is none."""
        rules = tuple(rule for rule in self.rules if rule.column.startswith(prefix))
        return self.model_copy(update={"rules": rules}) if rules else None

    def over(self, columns: Collection[str]) -> Suite:
        """The suite with the rules about these columns only."""
        return self.model_copy(update={"rules": tuple(rule for rule in self.rules if rule.column in columns)})

    def without(self, other: Suite) -> Suite:
        """The suite without the rules of another one."""
        return self.model_copy(update={"rules": tuple(rule for rule in self.rules if rule not in other.rules)})


def suite_for(expectations: Path, flow: Flow) -> Suite | None:
    """The expectations of a flow: its own file `<target>.<flow>.yaml`, else its target's. Raises `FixTheSetup`."""
    files = (expectations / f"{name}.yaml" for name in (f"{flow.target}.{flow.name}", flow.target))
    return next((load_suite(file) for file in files if file.is_file()), None)


def load_suite(file: Path) -> Suite:
    """One expectations file. Raises `FixTheSetup` naming file, path, what was found and what is allowed."""
    suite = validated(Suite, read_yaml(file), file)
    if suite.target != file.stem:
        raise FixTheSetup(f"{file}: target", f"is '{suite.target}'.", f"Write '{file.stem}', as the file is called.")
    return suite
