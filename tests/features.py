"""The project's features: what docs/features.yaml says of each, and which tests prove it.

Marks are read from the text of the tests, so that nothing has to be imported or run.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "docs" / "features.yaml"

FixedState = Literal["by_airflow", "not_offered", "documented"]
FIXED_STATES: tuple[FixedState, ...] = ("by_airflow", "not_offered", "documented")
Proofs = dict[str, list[str]]
Owner = ast.Module | ast.ClassDef
Test = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Feature:
    """One entry of docs/features.yaml; without a fixed state, tests decide."""

    id: str
    text: str
    state: FixedState | None = None
    why: str = ""
    settings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Features:
    """The whole file: features by the title of their group, and the setting blocks that are still to come."""

    groups: dict[str, tuple[Feature, ...]]
    blocks_to_come: tuple[str, ...]

    def __iter__(self) -> Iterator[Feature]:
        return (feature for group in self.groups.values() for feature in group)


def read_features(source: Path = SOURCE) -> Features:
    """Reads docs/features.yaml. Raises `ValueError` naming the entry that cannot be understood."""
    content = yaml.safe_load(source.read_text(encoding="utf-8"))
    groups = {
        group["title"]: tuple(_feature(id, entry) for id, entry in group["features"].items())
        for group in content["groups"]
    }
    return Features(groups, tuple(content["blocks_to_come"]))


def _feature(id: str, entry: str | dict[str, Any]) -> Feature:
    fields = {"text": entry} if isinstance(entry, str) else entry
    if fields.get("state") not in (None, *FIXED_STATES):
        raise ValueError(f"{id}: state is {fields['state']!r}, expected one of {', '.join(FIXED_STATES)}")
    try:
        return Feature(id, **{**fields, "settings": tuple(fields.get("settings", ()))})
    except TypeError as error:
        raise ValueError(f"{id}: {error} (a text with a comma needs quotation marks)") from error


def collect_marks(folder: Path = ROOT / "tests", root: Path = ROOT) -> Proofs:
    """Feature id -> node ids of the tests that carry its mark, in the order of files and lines."""
    proofs: defaultdict[str, list[str]] = defaultdict(list)
    for file in sorted(folder.rglob("test_*.py")):
        for node_id, ids in marked_tests(file.read_text(encoding="utf-8"), file.relative_to(root).as_posix()):
            for id in ids:
                proofs[id].append(node_id)
    return dict(proofs)


def marked_tests(text: str, name: str) -> Iterator[tuple[str, list[str]]]:
    """Node id and feature ids of each marked test of one file. Raises `ValueError` for a mark that is no plain text."""
    module = ast.parse(text, name)
    by_name = {target: statement for statement in module.body for target in _assigned(statement)}
    for owners, test in _tests(module):
        marked: list[ast.AST] = [*test.decorator_list, *_named_in(test.decorator_list, by_name)]
        marked += [mark for owner in owners for mark in _marks_of_owner(owner)]
        ids = list(dict.fromkeys(id for node in marked for id in _ids(node, name)))
        if ids:
            classes = [owner.name for owner in owners if isinstance(owner, ast.ClassDef)]
            yield "::".join([name, *classes, test.name]), ids


def _tests(module: ast.Module) -> Iterator[tuple[list[Owner], Test]]:
    owned: list[list[Owner]] = [[module]]
    owned += [[module, node] for node in module.body if isinstance(node, ast.ClassDef) and node.name.startswith("Test")]
    for owners in owned:
        for node in owners[-1].body:
            if isinstance(node, Test) and node.name.startswith("test_"):
                yield owners, node


def _marks_of_owner(owner: Owner) -> Iterator[ast.AST]:
    if isinstance(owner, ast.ClassDef):
        yield from owner.decorator_list
    yield from (statement for statement in owner.body if "pytestmark" in _assigned(statement))


def _assigned(statement: ast.stmt) -> list[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    if isinstance(statement, ast.AnnAssign) and statement.value:
        targets = [statement.target]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _named_in(decorators: Iterable[ast.expr], by_name: dict[str, ast.stmt]) -> Iterator[ast.AST]:
    """The lists of cases to which the decorators refer by name."""
    for node in (node for decorator in decorators for node in ast.walk(decorator)):
        if isinstance(node, ast.Name) and node.id in by_name:
            yield by_name[node.id]


def _ids(tree: ast.AST, name: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and ast.unparse(node.func).endswith("mark.feature")):
            continue
        for argument in node.args:
            if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
                raise ValueError(f"{name}:{node.lineno}: a feature mark needs ids as plain text")
            yield argument.value
