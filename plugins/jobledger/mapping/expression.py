"""The expression language of mapping files: a path, then named converters, compiled once into a function.

    vendor.id | link: companies          a path into the source record, then a converter with its argument
    payment_date or due_date | date      the first of some paths that holds something
    settings.defaults.income_account     a setting of the integration
    books.base_currency                  what is known of the target's organisation
    line.description | squeeze           a path into the current line
    'ACCREC'                             a constant

There are no operators, conditions or arithmetic: what cannot be said here is a converter (`converters.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches
from functools import reduce
from typing import Any, NamedTuple

import jobledger.mapping.labour  # noqa: F401 -- its converters are known once it is imported
from jobledger.errors import FixTheSetup
from jobledger.mapping import path
from jobledger.mapping.cards import tagged_code  # noqa: F401 -- registers the converters of its file
from jobledger.mapping.context import Context
from jobledger.mapping.converters import CONVERTERS, Converter
from jobledger.mapping.paperwork import PLACE
from jobledger.mapping.placing import on_item  # noqa: F401 -- registers the converters of its file

Evaluate = Callable[[Context], Any]

SETTINGS = "settings."
BOOKS = "books."
_LINE = "line."
_OR = " or "
_TEXT = re.compile(r"'([^']*)'")
_PART = re.compile(r"(?:[^'|]|'[^']*')+")


class Step(NamedTuple):
    """One converter of an expression. `setting` is the path of a setting whose value is the argument, if it is one."""

    converter: Converter
    argument: Any = None
    setting: str | None = None


class Expression(NamedTuple):
    """A parsed expression. `sources` are the paths as written; none where the expression starts with `constant`."""

    sources: tuple[str, ...]
    constant: str | None
    steps: tuple[Step, ...]

    @property
    def settings(self) -> list[str]:
        """The settings that the expression reads."""
        used = [*self.sources, *(step.setting and SETTINGS + step.setting for step in self.steps)]
        return [name for name in used if name and name.startswith(SETTINGS)]

    @property
    def placed(self) -> list[str]:
        """The paths in braces in the arguments: fields of the record that become part of a text."""
        return [name for step in self.steps if isinstance(step.argument, str) for name in PLACE.findall(step.argument)]


def parse_expression(text: str, where: str) -> Expression:
    """The parts of an expression. Raises `FixTheSetup` naming `where` (file and field) and the nearest name."""
    first, *rest = [part.strip() for part in _split(text, where)]
    steps = tuple(_step(part, where) for part in rest)
    if quoted := _TEXT.fullmatch(first):
        return Expression((), quoted[1], steps)
    sources = tuple(source.strip() for source in first.split(_OR))
    for source in sources:
        _check_path(source, where)
    return Expression(sources, None, steps)


def compile_expression(text: str, where: str) -> Evaluate:
    """An expression as a function of a `Context`.

    Raises `FixTheSetup`; the function may raise `NotYet` and `FixTheRecord`.
    """
    expression = parse_expression(text, where)
    return reduce(_then, expression.steps, _start(expression))


def did_you_mean(name: str, known: list[str]) -> str:
    """A sentence with the nearest known name, or the list of them."""
    near = get_close_matches(name, known, n=1, cutoff=0.6)
    return f"Did you mean '{near[0]}'?" if near else f"Known are {', '.join(sorted(known)[:40])}."


def _split(text: str, where: str) -> list[str]:
    parts = _PART.findall(text)
    if not text.strip() or "|".join(parts) != text or not all(part.strip() for part in parts):
        raise FixTheSetup(where, f"'{text}' cannot be read.", "Write a path, then converters: name | squeeze.")
    return parts


def _check_path(text: str, where: str) -> None:
    try:
        path.parse(text)
    except ValueError as error:
        raise FixTheSetup(where, f"{error}.", "Write a path, or text in 'quotes'.") from None


def _step(text: str, where: str) -> Step:
    name, colon, argument = (part.strip() for part in text.partition(":"))
    converter = CONVERTERS.get(name)
    if converter is None:
        raise FixTheSetup(where, f"'{name}' is not a converter.", did_you_mean(name, list(CONVERTERS)))
    if bool(colon) != bool(converter.argument):
        takes = converter.argument or "no argument"
        raise FixTheSetup(where, f"'{text}' is not right: {name} takes {takes}.", "Mend the expression.")
    return _with_argument(converter, argument, where) if colon else Step(converter)


def _with_argument(converter: Converter, argument: str, where: str) -> Step:
    if not argument:
        raise FixTheSetup(where, f"{converter.name} has no argument.", f"Write {converter.argument} after the colon.")
    if argument.startswith(SETTINGS):
        _check_path(argument, where)
        return Step(converter, setting=argument.removeprefix(SETTINGS))
    quoted = _TEXT.fullmatch(argument)
    try:
        return Step(converter, quoted[1] if quoted else converter.parse(argument))
    except ValueError:
        found = f"'{argument}' is not an argument for {converter.name}, which takes {converter.argument}."
        raise FixTheSetup(where, found, "Mend the expression.") from None


def _start(expression: Expression) -> Evaluate:
    constant = expression.constant
    if not expression.sources:
        return lambda context: constant
    first, *others = (_read(source) for source in expression.sources)
    return reduce(_or, others, first)


def _or(first: Evaluate, second: Evaluate) -> Evaluate:
    def either(context: Context) -> Any:
        value = first(context)
        return second(context) if value is None or value == "" else value

    return either


def _read(source: str) -> Evaluate:
    if source.startswith(SETTINGS):
        return _setting(source.removeprefix(SETTINGS))
    if source.startswith(BOOKS):
        in_books = path.reader(source.removeprefix(BOOKS))
        return lambda context: in_books(context.books)
    if source == "line":
        return lambda context: context.line
    if source.startswith(_LINE):
        in_line = path.reader(source.removeprefix(_LINE))
        return lambda context: in_line(context.line)
    in_record = path.reader(source)
    return lambda context: in_record(context.record)


def _setting(name: str) -> Evaluate:
    read = path.reader(name)
    return lambda context: read(context.settings)


def _then(before: Evaluate, step: Step) -> Evaluate:
    """`before`, then the converter. Nothing (None or empty text) stays nothing, unless the converter is made for it."""
    function, argument, takes_nothing = step.converter.function, step.argument, step.converter.takes_nothing
    setting = _setting(step.setting) if step.setting else None

    def convert(context: Context) -> Any:
        value = before(context)
        if (value is None or value == "") and not takes_nothing:
            return None
        return function(value, setting(context) if setting else argument, context)

    return convert
