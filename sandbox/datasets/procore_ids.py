"""What the two halves of the Procore seeding share: where records are put, and the ids that they were given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sandbox.datasets.model import Line, Project
from sandbox.world import Record

Seed = Callable[[str, Record], Record]


@dataclass
class Procore:
    """Procore while it is being filled. `ids` holds what a record got, by entity and the story's own key."""

    seed: Seed
    ids: dict[tuple[str, Any], Any] = field(default_factory=dict)

    def put(self, entity: str, key: Any, record: Record) -> Any:
        """Puts a record and returns its id, which is kept under `key`."""
        stored = self.seed(entity, record)
        self.ids[entity, key] = stored["id"]
        return stored["id"]

    def id(self, entity: str, key: Any) -> Any:
        """The id that was given to the record with that key."""
        return self.ids[entity, key]


def moment(day: date) -> str:
    """A working morning in Denver, as Procore writes times."""
    return f"{day.isoformat()}T16:00:00Z"


def times(created: date, changed: date | None = None) -> Record:
    """When a record was made and last changed."""
    return {"created_at": moment(created), "updated_at": moment(changed or created)}


def variants(project: Project) -> tuple[str, ...]:
    """What stands beside cost code and cost type in a project's budget codes: sub job or custom segment, or nothing."""
    if project.sub_jobs:
        return ("", *project.sub_jobs)
    return project.segments or ("",)


def budget_key(project: Project, line: Line, position: int) -> tuple[str, str, str]:
    """The budget code of a document's n-th line: its lines take the project's variants in turn."""
    choices = variants(project)
    return project.number, line.budget_code, choices[position % len(choices)]
