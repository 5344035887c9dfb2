"""A mapping file as a typed, validated object.

A flow carries one kind of record one way; the file is its field table. `docs/mapping.md` explains every key.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from jobledger.errors import FixTheSetup
from jobledger.mapping.path import read

M = TypeVar("M", bound=BaseModel)

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

NEVER = "never"
"""The choice by which a flow is switched off."""

Owner = Literal["procore", "accounting", "create_only", "none"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def _as_field(value: Any) -> Any:
    return {"value": value} if isinstance(value, str) else value


class FieldRule(_Strict):
    """How one target field is filled."""

    value: str = Field(description="A path in the source record, then converters: `name | at_most: 255`.")
    owner: str = Field(
        default="create_only",
        description="Who may change the field after linking: procore, accounting, create_only, none,"
        " or a setting that says so, such as `settings.companies.owners.name`.",
    )


FieldRules = dict[str, Annotated[FieldRule, BeforeValidator(_as_field, json_schema_input_type=str | FieldRule)]]


class LineRules(_Strict):
    """How lines of a document are filled from a list in the source record."""

    of: str = Field(description="The path of the list in the source record.")
    to: str = Field(description="The path of the list in the target document; the same for all lists of a flow.")
    key: str = Field(default="id", description="The field of a source line by which it is known again.")
    fields: FieldRules


def _as_lists(value: Any) -> Any:
    return value if isinstance(value, (list, tuple)) or value is None else (value,)


Lines = Annotated[
    tuple[LineRules, ...], BeforeValidator(_as_lists, json_schema_input_type=LineRules | tuple[LineRules, ...])
]


class Joins(_Strict):
    """The document of another flow that a record's lines become part of."""

    kind: str = Field(description="The kind of link of that document.")
    by: str = Field(description="The source path of the id that is linked with it.")
    when_locked: str = Field(
        description="`conflict` or `new_order`, or the setting that says so: what to do when it may not be edited."
    )


class About(_Strict):
    """The document of another flow that a record is about, as a payment is about a bill."""

    kind: str = Field(description="The kind of link of that document.")
    by: str = Field(description="The piece of the record's evidence that names it.")
    party: str = Field(description="What is known of the linked document and stands for the record's party.")
    number: str = Field(description="What is known of the linked document and stands for the record's number.")


class Amends(_Strict):
    """The documents of another flow that this one amends: it makes none, and makes no links."""

    kind: str = Field(description="The kind of link that leads to them.")
    when: dict[str, tuple[Any, ...]] = Field(
        description="Target path -> values; a document with another value is `blocked` until it has one of these."
    )
    remedy: str = Field(description="What to do about such a document, in words.")


class Flow(_Strict):
    """One kind of record carried one way between two systems."""

    name: str = Field(description="The flow's name; the file is called the same.")
    title: str = Field(description="What the flow carries, in words, for pages and reports.")
    kind: str = Field(description="The name of the links that the flow makes; a twin has the same.")
    source: str = Field(alias="from", description="`<system>.<entity>` that is read.")
    target: str = Field(alias="to", description="`<system>.<entity>` that is written.")
    twin: str | None = Field(default=None, description="The flow that carries the same kind the other way.")
    needs: tuple[str, ...] = Field(default=(), description="Kinds whose records must be linked before these.")
    chosen_by: str = Field(
        default="all", description="Which records take part: the name of a choice, or the setting that holds it."
    )
    used_as: dict[str, str] = Field(
        default_factory=dict,
        description="Role -> `<entity>.<fact>`: Procore's records of that entity name the companies that have the role."
        " A company with one role only is matched with nothing of another one.",
    )
    only_when: dict[str, tuple[Any, ...]] = Field(
        default_factory=dict, description="Source path -> values; a record with another value takes no part."
    )
    links_only: str | None = Field(
        default=None,
        description="Nothing is made of these records: each is `blocked` until a person links it; the remedy.",
    )
    shares_target: bool = Field(
        default=False, description="Whether several of these records may be linked with one target: many to one."
    )
    blocked_when: dict[str, str] = Field(
        default_factory=dict,
        description="Source path -> remedy; a record in which the path is filled is `blocked`, the remedy says how on.",
    )
    nothing_when: str | None = Field(
        default=None, description="Source path; a record in which it is filled has nothing to write, for that reason."
    )
    parents: dict[str, str] = Field(
        default_factory=dict,
        description="Kind -> source path of an id that must be linked, or counted as opening balance, before.",
    )
    joins: Joins | None = None
    about: About | None = None
    amends: Amends | None = None
    not_also: str | None = Field(
        default=None,
        description="A kind: what may be the counterpart of an unlinked record of it is a conflict till decided.",
    )
    dated: str | None = Field(
        default=None, description="The target field with the day of a document: cut-over and closed periods go by it."
    )
    total: str | None = Field(
        default=None, description="The source path of the amount that the document's lines must add up to."
    )
    natural_key: tuple[str, ...] = Field(description="Target fields by which a document is recognised without a mark.")
    party: str | None = Field(
        default=None,
        description="`<kind>.<fact>`: how the company or document that a record is with is found on the other side.",
    )
    marked_as: str = Field(
        default="",
        description="A word that goes into our mark, where records of several kinds become targets of one list.",
    )
    unique_number: bool = Field(
        default=False, description="Whether a number that one company uses twice is held until a person releases it."
    )
    on_remove: Literal["nothing", "ask", "hold", "void"] = "nothing"
    switch: str | None = Field(
        default=None,
        description="The target field that says whether the record is in use: false once its source is gone or not"
        " chosen any more.",
    )
    comes_back: bool = Field(
        default=False,
        description="Whether a record of which the counterpart was taken away gets a new one when it takes part again;"
        " else a person decides.",
    )
    removed_when: dict[str, tuple[Any, ...]] = Field(
        default_factory=dict, description="Source path -> values by which a linked record counts as removed."
    )
    on_edit: Literal["show", "conflict", "overwrite"] = Field(
        default="show",
        description="What an edit by a person in the target is: shown, a conflict to be decided, or shown until the"
        " next change of the source writes over it.",
    )
    write_back: dict[str, str] = Field(
        default_factory=dict,
        description="Field of the source record -> expression over the written record: id, name, number, mark.",
    )
    fields: FieldRules
    lines: Lines = ()

    @property
    def source_system(self) -> str:
        """The system that is read."""
        return self.source.partition(".")[0]

    @property
    def source_entity(self) -> str:
        """The entity that is read."""
        return self.source.partition(".")[2]

    @property
    def target_system(self) -> str:
        """The system that is written."""
        return self.target.partition(".")[0]

    @property
    def target_entity(self) -> str:
        """The entity that is written."""
        return self.target.partition(".")[2]

    def is_off(self, settings: Mapping[str, Any]) -> bool:
        """Whether the setting that says which records take part says `never`, or is a switch that is off."""
        named = self.chosen_by.removeprefix("settings.")
        return named != self.chosen_by and read(settings, named) in (NEVER, False)

    @property
    def linked_as(self) -> str:
        """The kind of the links between its records: its own, or that of the documents which it amends."""
        return self.amends.kind if self.amends else self.kind

    @property
    def is_within(self) -> bool:
        """Whether it carries records within one system: there is nothing there that could be adopted."""
        return self.source_system == self.target_system

    @property
    def lines_to(self) -> str:
        """The path of the lines in the target document; empty where it has none."""
        return self.lines[0].to if self.lines else ""

    @property
    def line_paths(self) -> tuple[str, ...]:
        """Every path of a line that the flow writes."""
        return tuple(dict.fromkeys(path for rules in self.lines for path in rules.fields))

    @property
    def is_document(self) -> bool:
        """Whether its records are documents, which come and go by their status, not lasting things like companies."""
        return bool(self.removed_when) or self.on_edit == "conflict"

    @property
    def by_name(self) -> bool:
        """Whether two records of one name would become one: documents go by their own numbers instead."""
        return len(self.natural_key) == 1 and not (self.lines or self.amends)

    @model_validator(mode="after")
    def _names_what_is_mapped(self) -> Flow:
        named = [*self.natural_key, *filter(None, (self.dated, self.switch))]
        missing = [path for path in named if path not in self.fields]
        if missing:
            raise ValueError(f"natural_key, dated or switch names {', '.join(missing)}, which is not among the fields")
        if len({rules.to for rules in self.lines}) > 1:
            raise ValueError("lines of one document go to one list: write the same `to` in each of them")
        return self


def load_flow(file: Path) -> Flow:
    """One mapping file. Raises `FixTheSetup` naming the file, the path in it, what was found and what is allowed."""
    flow = validated(Flow, read_yaml(file), file)
    if flow.name != file.stem:
        raise FixTheSetup(f"{file}: name", f"is '{flow.name}'.", f"Write '{file.stem}', as the file is called.")
    return flow


def read_yaml(file: Path) -> Any:
    """What a YAML file holds. Raises `FixTheSetup` for one that cannot be read."""
    try:
        return yaml.load(file.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 -- it is the safe loader
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise FixTheSetup(str(file), f"cannot be read as YAML ({error}).", "Mend the file.") from error


def load_flows(folder: Path) -> dict[str, Flow]:
    """All mapping files of one system, by name. Raises `FixTheSetup`."""
    return {file.stem: load_flow(file) for file in sorted(folder.glob("*.yaml"))}


WITHIN = "procore"
"""The folder of the flows within Procore, which every integration has beside those of its accounting system."""


def flow_files(mappings: Path, system: str) -> dict[str, Path]:
    """The mapping files of an accounting system and those within Procore, by the flow's name."""
    return {file.stem: file for folder in (WITHIN, system) for file in sorted((mappings / folder).glob("*.yaml"))}


def flows_for(mappings: Path, system: str) -> dict[str, Flow]:
    """The flows of an integration's accounting system and those within Procore, by name. Raises `FixTheSetup`."""
    return {name: load_flow(file) for name, file in flow_files(mappings, system).items()}


def validated(model: type[M], content: Any, file: Path) -> M:
    """`content` as a model; every fault is named by file, path, what was found and what is expected."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        faults = [_fault(fault) for fault in error.errors(include_url=False)]
        raise FixTheSetup(str(file), "; ".join(faults) + ".", "Mend the file and start again.") from None


def _fault(fault: Any) -> str:
    path = ".".join(str(part) for part in fault["loc"]) or "the file"
    if fault["type"] == "extra_forbidden":
        return f"{path} is not a known setting"
    found = "" if fault["type"] == "missing" else f", found {fault['input']!r}"
    return f"{path}: {fault['msg'].removeprefix('Value error, ')}{found}"
