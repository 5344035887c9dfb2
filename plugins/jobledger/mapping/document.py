"""A record as the target's document, by its mapping file: compiled once, then a few microseconds a record."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from jobledger.errors import FixTheRecord, FixTheSetup
from jobledger.mapping import path
from jobledger.mapping.canonical import digest
from jobledger.mapping.context import Context, Missing, NotYet
from jobledger.mapping.expression import (
    BOOKS,
    SETTINGS,
    Evaluate,
    compile_expression,
    did_you_mean,
    parse_expression,
)
from jobledger.mapping.flow import FieldRules, Flow, LineRules

Fields = dict[str, Any]

CARD = ("id", "name", "number", "mark")
"""What `write_back` can read of the written record: its card in the catalog, whatever the vendor calls these fields."""

_UNSENDABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


class Mapped(NamedTuple):
    """A record in the target's words: flat target path -> value, and a dictionary of the same kind for each line.

    `line_keys` are the keys of the source lines. With something `missing` the record is `blocked`. `notes` say in words
    what the mapping changed or left out.
    """

    fields: Fields
    lines: list[Fields]
    line_keys: list[str]
    missing: list[Missing]
    notes: list[str]


Compiled = tuple[tuple[str, Evaluate], ...]


class CompiledLines(NamedTuple):
    """The rules for the lines of one list in the source: where it is, a line's key, and its fields."""

    of: path.Read
    key: path.Read
    fields: Compiled


def compile_flow(flow: Flow, where: str) -> Callable[[Context], Mapped]:
    """A flow as a function of a record's `Context`. `where` names the file in messages.

    Raises `FixTheSetup`; the function raises `FixTheRecord` naming the field whose value cannot be taken.
    """
    fields = _compile_fields(flow.fields, f"{where}: fields")
    lines = tuple(_compile_lines(rules, where) for rules in flow.lines)
    return partial(_map_document, fields, lines) if lines else partial(_map_record, fields)


def compile_write_back(flow: Flow, where: str) -> Callable[[Context], Fields]:
    """What is written back to the source: a function of a `Context` whose record is the written record's card."""
    rules = tuple(
        (name, compile_expression(text, f"{where}: write_back.{name}")) for name, text in flow.write_back.items()
    )
    return lambda context: {name: evaluate(context) for name, evaluate in rules}


def document_of(fields: Mapping[str, Any], lines: list[Fields], flow: Flow) -> dict[str, Any]:
    """The document as the target takes it. Fields without a value (None) are left out; empty text is sent."""
    filled = _filled(fields)
    if flow.lines:
        filled[flow.lines_to] = [path.nest(_filled(line)) for line in lines]
    return path.nest(filled)


def fingerprint(fields: Mapping[str, Any], lines: list[Fields]) -> str:
    """A hash of a mapped document: equal values have equal fingerprints, however they are written."""
    return digest({"fields": fields, "lines": lines})


def check_flow(flow: Flow, source_paths: Collection[str], target_paths: Collection[str], where: str) -> None:
    """Raises `FixTheSetup` for a source or target path that is not known, naming the nearest one that is.

    A known path may end in `.*`. Settings are known as source paths that begin with `settings.`; paths below a line
    are those of the list, such as `line_items.description`. `write_back` may read what `CARD` names.
    """
    for field, used in _source_paths(flow, where):
        _check_known(used, source_paths, f"{where}: {field}")
    for used in _target_paths(flow):
        _check_known(used, target_paths, f"{where}: fields")
    for name, text in flow.write_back.items():
        _check_known(name, source_paths, f"{where}: write_back")
        for used in _used(text, where):
            _check_known(used, CARD, f"{where}: write_back.{name}")


def _map_record(fields: Compiled, context: Context) -> Mapped:
    missing: list[Missing] = []
    return Mapped(_evaluate(fields, context, missing), [], [], missing, context.notes)


def _map_document(fields: Compiled, lists: tuple[CompiledLines, ...], context: Context) -> Mapped:
    mapped = _map_record(fields, context)
    head = context.record, context.settings, context.books, context.links
    for rules in lists:
        for line in rules.of(context.record) or []:
            of_line = Context(*head, line, len(mapped.lines), context.notes, context.rates, context.own)
            mapped.lines.append(_evaluate(rules.fields, of_line, mapped.missing))
            mapped.line_keys.append(str(rules.key(line)))
    return mapped


def _evaluate(rules: Compiled, context: Context, missing: list[Missing]) -> Fields:
    values: Fields = {}
    notes = context.notes
    for name, evaluate in rules:
        noted = len(notes)
        try:
            value = evaluate(context)
        except NotYet as not_yet:
            why, remedy = not_yet.missing
            missing.append(Missing(why.replace("{field}", name), remedy))
            value = None
        except FixTheRecord as error:
            raise FixTheRecord(error.reason, error.remedy, error.field or name) from error
        values[name] = _sendable(value, notes) if type(value) is str else value
        if len(notes) > noted:
            notes[noted:] = [f"{name}: {note}" for note in notes[noted:]]
    return values


def _sendable(value: str, notes: list[str]) -> str | None:
    """Text without control characters; empty text is nothing."""
    if value.isprintable():
        return value or None
    clean = _UNSENDABLE.sub("", value)
    if clean != value:
        notes.append("control characters are left out.")
    return clean or None


def _filled(fields: Mapping[str, Any]) -> Fields:
    return {name: value for name, value in fields.items() if value is not None}


def _compile_fields(rules: FieldRules, where: str) -> Compiled:
    try:
        path.nest(dict.fromkeys(rules, "x"))
    except ValueError as error:
        raise FixTheSetup(where, f"{error}.", "Mend the target path.") from None
    return tuple((name, compile_expression(rule.value, f"{where}.{name}")) for name, rule in rules.items())


def _compile_lines(rules: LineRules, where: str) -> CompiledLines:
    of = _compiled_path(rules.of, f"{where}: lines.of")
    key = _compiled_path(rules.key, f"{where}: lines.key")
    return CompiledLines(of, key, _compile_fields(rules.fields, f"{where}: lines.fields"))


def _compiled_path(text: str, where: str) -> path.Read:
    try:
        return path.reader(text)
    except ValueError as error:
        raise FixTheSetup(where, f"{error}.", "Write the path of a list in the source record.") from None


def _source_paths(flow: Flow, where: str) -> Iterator[tuple[str, str]]:
    for name, rule in flow.fields.items():
        yield from ((f"fields.{name}", used) for used in _used(rule.value, where))
        if rule.owner.startswith(SETTINGS):
            yield f"fields.{name}.owner", rule.owner
    for key in ("only_when", "blocked_when", "removed_when"):
        yield from ((key, used) for used in getattr(flow, key))
    yield from (("parents", used) for used in flow.parents.values())
    yield from _single_paths(flow)
    for rules in flow.lines:
        yield "lines.key", f"{rules.of}.{rules.key}"
        for name, rule in rules.fields.items():
            yield from ((f"lines.fields.{name}", _below(rules.of, used)) for used in _used(rule.value, where))


def _single_paths(flow: Flow) -> Iterator[tuple[str, str]]:
    named = {"nothing_when": flow.nothing_when, "total": flow.total, "joins.by": flow.joins and flow.joins.by}
    yield from ((key, used) for key, used in named.items() if used)
    for key, stated in (("chosen_by", flow.chosen_by), ("joins", flow.joins.when_locked if flow.joins else "")):
        if stated.startswith(SETTINGS):
            yield key, stated


def _used(text: str, where: str) -> list[str]:
    expression = parse_expression(text, where)
    used = dict.fromkeys([*expression.sources, *expression.settings, *expression.placed])
    return [name for name in used if not name.startswith(BOOKS)]


def _below(lines: str, used: str) -> str:
    first, _, rest = used.partition(".")
    if first != "line":
        return used
    return f"{lines}.{rest}" if rest else lines


def _target_paths(flow: Flow) -> list[str]:
    return [*flow.fields, *(f"{flow.lines_to}.{name}" for name in flow.line_paths)]


def _check_known(used: str, paths: Collection[str], where: str) -> None:
    if path.known(used, paths):
        return
    raise FixTheSetup(where, f"'{used}' is not a known path.", did_you_mean(used, list(paths)))
