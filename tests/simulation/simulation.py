"""A whole history under faults, from one seed: whatever goes wrong on the way, in the end all is as it should be."""

from __future__ import annotations

import traceback
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TypeVar
from unittest.mock import patch

from jobledger.errors import FixTheSetup, JobledgerError, RetryLater
from jobledger.pipeline.extract import Extracted, extract
from jobledger.pipeline.load import load
from jobledger.pipeline.map import MappedRows, map_records
from jobledger.pipeline.run import FlowRun
from jobledger.pipeline.validate import Validated, validate
from jobledger.systems.auth import KeptInMemory
from jobledger.systems.budget import InMemory
from jobledger.systems.procore import api as procore_api
from jobledger.systems.xero import api as xero_api
from tests.pipeline.histories import Renamed
from tests.pipeline.night import STAGE_1, STAGE_2, Died, Night
from tests.pipeline.site import BILLING, CONTRACTS, COSTS
from tests.pipeline.story import Story
from tests.simulation import contractor, promises
from tests.simulation.chance import Chance
from tests.simulation.network import Network
from tests.simulation.office import Office

DOCUMENTS = (CONTRACTS, BILLING, COSTS)
DIRECTORY = (STAGE_1, STAGE_2)
TRIES = 3
"""How often a task is tried before its flow is given up for the night, as Airflow's retries do."""

T = TypeVar("T")


class Failed(AssertionError):
    """What must hold does not; the message is the seed's story."""


@dataclass
class Step:
    """The staged files of a load that was carried out, so that the task can be cleared later."""

    flow: str
    run_id: str
    mapped: MappedRows
    validated: Validated


@dataclass
class Simulation:
    """One seed. `play` goes through it all and raises `Failed` with the story where something does not hold."""

    seed: int
    night: Night
    finished: list[Step] = field(default_factory=list)
    busy: str = ""
    """The flow that is being worked on."""

    def __post_init__(self) -> None:
        self.chance = Chance(self.seed)
        self.story = Story(self.night)
        self.office = Office(self.story, self.chance.random) if self.seed % 3 == 0 else None
        self.promises = promises.Promises(self.night)
        self.network = Network(self.night.stage.sandbox, self.chance)
        self.night.with_suites = self.seed % 50 == 0
        stage = self.night.stage
        stage.around.session.mount("https://", self.network)
        windows: defaultdict[tuple[str, str], InMemory] = defaultdict(InMemory)
        tokens: defaultdict[str, KeptInMemory] = defaultdict(KeptInMemory)
        stage.around = replace(
            stage.around, windows=lambda *tenant: windows[tenant], tokens=lambda connection: tokens[connection]
        )

    def play(self) -> Chance:
        """Disturbed nights, calm ones, and what holds in between and at the end; the draws, for who counts them."""
        try:
            self._play()
        except Exception as error:
            told = "\n".join(f"  {line}" for line in self.chance.story)
            at = traceback.extract_tb(error.__traceback__)[-1]
            raise Failed(f"seed {self.seed}: {type(error).__name__}: {error}\n  in {at.line}\n{told}") from error
        return self.chance

    def _play(self) -> None:
        draws = self.chance.random
        self.network.drafts = self._drafts()
        self._begin()
        for number in range(draws.randint(1, 2)):
            self.chance.tell(f"--- night {number + 1}")
            self._night(number + 1)
            self.promises.check_on_the_way()
            self.night.later(hours=draws.choice((1, 24, 24 * 8)))
            for _ in range(draws.randint(1, 3)):
                self._act()
        self.chance.calm = True
        self.chance.tell("--- calm")
        self._calm_night()
        if self.office:
            self.office.check()
        else:
            self.story.check()
        self.promises.check()
        writes = self.night.writes()
        self._calm_night()
        assert self.night.writes() == writes, "a further night writes"

    def _begin(self) -> None:
        """What there is to do in the first night."""
        if self.office:
            for _ in range(4):
                self.office.act()
        else:
            self.story.play(contractor.beginning(self.chance.random))

    def _act(self) -> None:
        """A person does something: in the office, or about documents."""
        if self.office:
            self.office.act()
        else:
            self.story.play([contractor.anything(self.chance.random)])

    @property
    def stages(self) -> tuple[tuple[str, ...], ...]:
        """A seed is about companies, projects and codes, or about documents."""
        return DIRECTORY if self.office else DOCUMENTS

    def _calm_night(self) -> None:
        self.night.later(hours=1)
        for stage in self.stages:
            self.night.run(*stage)

    def _night(self, number: int) -> None:
        """All stages; as in a DAG run, the lists of a stage are all read before its first flow goes on."""
        for stage in self.stages:
            run_id = f"night {number} {stage[0]}"
            extracted = {flow: self._extract(flow, stage, run_id) for flow in stage}
            for flow, found in extracted.items():
                if found:
                    self._finish(flow, stage, run_id, found)
                if self.finished and self.chance.strikes("a finished task is cleared", 0.25):
                    self._clear(self.chance.random.choice(self.finished))
        self.network.arrive()

    def _run_of(self, flow: str, among: tuple[str, ...], run_id: str) -> FlowRun:
        self.busy = flow
        return self.night.flow_run(flow, run_id, among, at_point=self._at_point)

    def _extract(self, flow: str, among: tuple[str, ...], run_id: str) -> Extracted | None:
        return self._task(lambda: extract(self._run_of(flow, among, run_id)))

    def _finish(self, flow: str, among: tuple[str, ...], run_id: str, extracted: Extracted) -> None:
        mapped = self._task(lambda: map_records(self._run_of(flow, among, run_id), extracted))
        validated = mapped and self._task(lambda: validate(self._run_of(flow, among, run_id), mapped))
        if not (mapped and validated):
            return
        if self._task(lambda: load(self._run_of(flow, among, run_id), mapped, validated, extracted["notes"])):
            self.finished.append(Step(flow, run_id, mapped, validated))

    def _task(self, step: Callable[[], T]) -> T | None:
        """What a step gives, tried again as Airflow does; None if it was given up."""
        for _ in range(TRIES):
            try:
                return step()
            except Died as death:
                self.chance.tell(f"{self.busy} died at {death}")
            except (RetryLater, FixTheSetup) as error:
                self.chance.tell(f"{self.busy}: {error}")
            self.night.later(minutes=self.chance.random.choice((1, 5, 20)))
        return None

    def _clear(self, step: Step) -> None:
        """Somebody clears a finished load task, of tonight or of last week."""
        run = self.night.flow_run(step.flow, step.run_id, (step.flow,), at_point=self._at_point)
        self.busy = f"{step.flow} again"
        self._task(lambda: load(run, step.mapped, step.validated))

    def _at_point(self, point: str) -> None:
        if self.chance.strikes(f"dies at {point}", 0.25):
            raise Died(point)
        if self.chance.strikes(f"a person does something at {point}", 0.3):
            self._meanwhile()
        if self.chance.strikes(f"a rival at {point}", 0.25):
            self._rival()

    def _meanwhile(self) -> None:
        """A person does something; what is new may be stamped a little earlier, as by a replica that lags."""
        if self.office:
            self.office.act()
            return
        act, clock = contractor.anything(self.chance.random), self.night.stage.sandbox.world.clock
        lag = timedelta(seconds=0 if isinstance(act, Renamed) else self.chance.random.choice((0, 200)))
        clock.advance(-lag)
        self.story.play([act])
        clock.advance(lag)

    def _drafts(self) -> list[str]:
        """Invoices that nobody has approved, on commitments that were sent back: their ids."""
        site = self.story.site
        contracts = [site.subcontract(number=f"DRAFT-{number}", title="Draft") for number in range(4)]
        made = [site.billed(contract, 1, "1.00", status="under_review") for contract in contracts]
        for contract in contracts:
            site.seed("work_order_contracts", {"id": contract["id"], "status": "Draft"})
        return [str(one["id"]) for one in made]

    def _rival(self) -> None:
        """Another run of the same flow, which begins while this one is under way; or after this one has slept."""
        self.night.later(minutes=self.chance.random.choice((0, 6, 6)))
        flow = self.busy.removesuffix(" again")
        rival = self.night.flow_run(flow, f"rival {len(self.chance.story)}", (flow,))
        try:
            mapped = map_records(rival, extracted := extract(rival))
            load(rival, mapped, validate(rival, mapped), extracted["notes"])
        except JobledgerError as error:
            self.chance.tell(f"the rival: {error}")


def simulate(seed: int, night: Night) -> Chance:
    """Plays one seed on a fresh night, with lists in pages of two and three. Raises `Failed` with its story."""
    with patch.object(procore_api, "PER_PAGE", 2), patch.object(xero_api, "PAGE_SIZE", 3):
        return Simulation(seed, night).play()
