"""One run of one flow: everything that its four steps need, passed in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from sqlalchemy.engine import Engine

from jobledger.integration import Integration
from jobledger.mapping.context import Context
from jobledger.mapping.document import Mapped, compile_flow, compile_write_back
from jobledger.mapping.flow import Flow
from jobledger.mapping.suite import Suite
from jobledger.pipeline.staging import Staging
from jobledger.store.history import NewRun
from jobledger.store.links import Side, side_of
from jobledger.systems.base import System

Mode = Literal["apply", "plan"]


def now_utc() -> datetime:
    """The moment."""
    return datetime.now(UTC)


def pass_by(point: str) -> None:
    """Does nothing. Tests pass a function that stops the process at a labelled point of the load protocol."""


@dataclass(frozen=True)
class Scope:
    """What a person narrowed a run to. A narrowed run moves no cursor and starts no further stage (ACC-35)."""

    full_refresh: bool = False
    only_projects: tuple[str, ...] = ()
    only_records: tuple[str, ...] = ()
    only_side: Side | None = None
    """The side that is read anew: the run ends when it has been read, and writes nothing."""

    dated: tuple[date, date] | None = None
    """Documents dated from the first day to the day before the second: a backfill."""

    @property
    def narrowed(self) -> bool:
        """Whether some records are left out."""
        return bool(self.only_projects or self.only_records or self.only_side or self.dated)

    def records_of(self, flow: str) -> list[str]:
        """The ids of `only_records` that are meant for a flow: `4711` for every flow, `companies:4711` for one."""
        named = (one.rpartition(":") for one in self.only_records)
        return [record_id for name, _, record_id in named if name in ("", flow)]


@dataclass(frozen=True)
class FlowRun:
    """One run of one flow, with its surroundings as arguments."""

    integration: Integration
    flow: Flow
    stage: str
    run_id: str
    mode: Mode
    engine: Engine
    systems: Mapping[str, System]
    staging_root: Path
    twin: Flow | None = None
    written_by: tuple[Flow, ...] = ()
    """The flows whose target is this flow's source: what they wrote is never carried back (no echo)."""

    flows: tuple[Flow, ...] = ()
    """All flows that the integration carries: by them it is known where a linked record of a kind is kept."""

    suite: Suite | None = None
    scope: Scope = Scope()
    clock: Callable[[], datetime] = now_utc
    at_point: Callable[[str], None] = pass_by
    holder: str = ""
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def pair(self) -> str:
        """The integration's identity."""
        return self.integration.pair

    @property
    def source(self) -> System:
        """The system that is read."""
        return self.systems[self.flow.source_system]

    @property
    def target(self) -> System:
        """The system that is written."""
        return self.systems[self.flow.target_system]

    @property
    def side(self) -> Side:
        """The side of a link on which the flow's source is."""
        return side_of(self.flow.source_system)

    @property
    def applies(self) -> bool:
        """Whether anything may be written: a plan never writes, nor does an integration that is not live (ACC-7)."""
        return self.mode == "apply" and self.integration.live and self.scope.only_side is None

    def reads(self, system: System) -> bool:
        """Whether the run reads the side on which a system is."""
        return self.scope.only_side in (None, side_of(system.name))

    @property
    def moves_cursors(self) -> bool:
        """Whether the run accounts for all that changed: only then may cursors move."""
        return self.applies and not self.scope.narrowed

    @cached_property
    def written_paths(self) -> tuple[str, ...]:
        """The paths of the source that other flows write: what the catalog keeps of a source record's content."""
        return tuple(dict.fromkeys(path for flow in self.written_by for path in flow.fields))

    def flow_of(self, kind: str) -> Flow | None:
        """The flow that makes links of a kind; of twins the one out of Procore. None where it is not carried."""
        found = [flow for flow in self.flows if flow.kind == kind]
        return next((flow for flow in found if flow.source_system == "procore"), next(iter(found), None))

    @property
    def maker(self) -> Flow:
        """The flow that makes the documents of the target: what the catalog keeps of them is what it writes."""
        return self.flow if self.flow.amends is None else self.flow_of(self.flow.amends.kind) or self.flow

    @cached_property
    def map(self) -> Callable[[Context], Mapped]:
        """The mapping file as a function."""
        return compile_flow(self.flow, self.flow.name)

    @cached_property
    def write_back(self) -> Callable[[Context], dict[str, Any]]:
        """What the mapping file writes back to the source, as a function of the written record's card."""
        return compile_write_back(self.flow, self.flow.name)

    @cached_property
    def staging(self) -> Staging:
        """The files of this run."""
        return Staging(self.staging_root, self.integration.name, self.run_id, self.flow.name)

    def as_begun(self) -> NewRun:
        """The run as the history has it."""
        return NewRun(
            pair=self.pair,
            integration=self.integration.name,
            stage=self.stage,
            flow=self.flow.name,
            run_id=self.run_id,
            mode="apply" if self.applies else "plan",
            filtered=self.scope.narrowed,
        )

    @cached_property
    def kept_paths(self) -> tuple[str, ...]:
        """The paths of a target record that the catalog keeps: of every flow that writes such records."""
        beside = (flow for flow in self.flows if flow.target == self.flow.target)
        return tuple(dict.fromkeys(path for flow in (self.maker, *beside) for path in flow.fields))

    def ids(self, source_id: str, target_id: str) -> tuple[str, str]:
        """A source and a target id in the order in which links have them: Procore's, the books'."""
        return (source_id, target_id) if self.side == "procore" else (target_id, source_id)
