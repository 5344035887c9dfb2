"""Which cost codes a project allows: a dependency of the cost codes tag on the projects tag (PEX: tag dependencies).

One dependency holds the rules of all projects. Rules that a person has made are sent back as they were read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jobledger.errors import OutcomeUnknown
from jobledger.systems.base import Page, Record, Window, Write, WriteResult
from jobledger.systems.client import Answer
from jobledger.systems.pex.api import many
from jobledger.systems.pex.reading import COST_CODES, PROJECTS
from jobledger.systems.pex.refusals import refused
from jobledger.systems.pex.tags import Tags
from jobledger.systems.results import conflict, unknown

_EQUALS = "Equals"


@dataclass(frozen=True)
class Rules:
    """The rules of the projects, one for each, all of them written in one request."""

    tags: Tags

    def read(self, window: Window) -> Iterator[Page]:
        """The rules that are about one project each; none where the business has no dependencies."""
        yield Page(self._rows(), self.tags.api.now())

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Rules by the project's option."""
        return [row for row in self._rows() if row["Project"] in set(ids)]

    def find(self, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """The rule of a project."""
        return self.fetch([str(natural_key.get("Project"))])

    def write(self, sent: Sequence[Write], key: str) -> list[WriteResult]:
        """Makes and changes rules, all in one request; a project that a person's own rule covers keeps that."""
        before = self._dependency()
        ours = {_projects(one)[0]: one for one in _rules(before) if len(_projects(one)) == 1}
        covered = {value for one in _rules(before) if len(_projects(one)) > 1 for value in _projects(one)}
        results: dict[str, WriteResult] = {}
        for write in sent:
            project = str(write.target_id or write.document["Project"])
            if project in covered:
                remedy = "Take the project out of that rule in PEX, or leave the rule to people and dismiss this."
                results[write.key] = conflict(
                    write, "A rule made in PEX covers several projects, this one too.", remedy
                )
                continue
            ours[project] = _rule(ours.get(project), project, write.document.get("Allowed") or [])
        foreign = [one for one in _rules(before) if len(_projects(one)) != 1]
        try:
            answer = self._put(before, [*foreign, *ours.values()]) if len(results) < len(sent) else None
        except OutcomeUnknown as error:
            return [results.get(one.key) or unknown(one, str(error)) for one in sent]
        return [results.get(one.key) or _judged(one, answer, ours) for one in sent]

    def _rows(self) -> list[Record]:
        rules = _rules(self._dependency())
        return [_row(one) for one in rules if len(_projects(one)) == 1]

    def _dependency(self) -> Record | None:
        """The dependency of cost codes on projects, if there is one."""
        if not self.tags.api.settings.get("UseTagDependencies"):
            return None
        ours = str(self.tags.usable(PROJECTS)["Id"])
        found = many(self.tags.api.get(self._path), "tag dependencies")
        return next((one for one in found if str(one.get("DependsOnTagId")) == ours), None)

    @property
    def _path(self) -> str:
        return f"tags/{self.tags.usable(COST_CODES)['Id']}/option-dependencies"

    def _put(self, before: Record | None, rules: Sequence[Record]) -> Answer:
        default = (before or {}).get("Default") or {"AllowedAll": True, "AllowedOptions": []}
        document = {"DependsOnTagId": str(self.tags.usable(PROJECTS)["Id"]), "Rules": rules, "Default": default}
        if before is None:
            return self.tags.api.send("POST", self._path, document)
        return self.tags.api.send("PUT", f"{self._path}/{before['DependencyId']}", document)


def _rules(dependency: Record | None) -> list[Record]:
    return list((dependency or {}).get("Rules") or [])


def _projects(rule: Record) -> list[str]:
    return [str(one) for one in (rule.get("Condition") or {}).get("TriggerOptions") or []]


def _row(rule: Record) -> Record:
    return {"Project": _projects(rule)[0], "Allowed": sorted(str(one) for one in rule.get("AllowedOptions") or [])}


def _rule(before: Record | None, project: str, allowed: Sequence[str]) -> Record:
    condition = {"Type": _EQUALS, "TriggerOptions": [project]}
    return {"Condition": condition, **(before or {}), "AllowedOptions": list(allowed)}


def _judged(write: Write, answer: Answer | None, made: Mapping[str, Record]) -> WriteResult:
    if answer is not None and not answer.ok:
        return refused(write, answer, "Look at the dependency in PEX's Tag Manager; the next run tries again.")
    row = _row(made[str(write.target_id or write.document["Project"])])
    return WriteResult(write.key, "done", target_id=row["Project"], record=row)
