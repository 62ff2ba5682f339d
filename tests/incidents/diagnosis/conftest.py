"""Installations that are well, to be broken, and their diagnosis."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from tests.incidents.diagnosis.site import (
    API_HEALTH,
    KEY,
    NOW,
    WEBHOOK_HEALTH,
    Site,
    always,
    api,
    served,
)

from orket_console.base.clock import FixedClock
from orket_console.base.state import State
from orket_console.health.history import History, Moment
from orket_console.health.keeping import save_history
from orket_console.health.look import Memory
from orket_console.health.probes import CHOSEN, PROBES
from orket_console.health.reading import Reading
from orket_console.health.rounds import run_round
from orket_console.incidents.diagnosis.diagnose import Diagnosis, diagnose
from orket_console.incidents.diagnosis.facts import Facts
from orket_console.incidents.diagnosis.gathering.gather import Gatherer
from orket_console.target.target import open_target

GatherAt = Callable[[Site], Facts]


@pytest.fixture(scope="session")
def well_ports() -> Iterator[dict[str, int]]:
    """Servers that are well, for every installation of the session."""
    with (
        served(api(KEY)) as of_api,
        served(always(200, WEBHOOK_HEALTH)) as of_webhook,
        served(always(200, {"version": "1.22.0"} | API_HEALTH)) as of_gitea,
    ):
        yield {"api": of_api, "webhook": of_webhook, "gitea": of_gitea}


@pytest.fixture(scope="session")
def made_well(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """One that is well, to be copied: making its databases takes longer than all else."""
    made = Site(tmp_path_factory.mktemp("well") / "orket", {}, ExitStack())
    made.make()
    return made


@pytest.fixture
def site(tmp_path: Path, made_well: Site, well_ports: dict[str, int]) -> Iterator[Site]:
    shutil.copytree(made_well.root, tmp_path / "orket")
    with ExitStack() as later:
        yield Site(tmp_path / "orket", dict(well_ports), later, at=made_well.at)


@pytest.fixture
def gather() -> GatherAt:
    """The facts of an installation four hours after its beginning."""

    def facts_of(site: Site) -> Facts:
        site.write_env()
        flags = {
            "api.port": site.ports["api"],
            "webhook.port": site.ports["webhook"],
            "health.deadline": site.deadline,
        }
        target = open_target(
            option=str(site.root),
            environment={**os.environ, **site.environment},
            here=site.root,
            flags=flags,
        )
        clock = FixedClock(NOW)
        for probe, at in site.ok.items():
            well = Reading(State.OK, "ok", "", probe=probe, title=probe)
            save_history(target.state.health, History.empty().add(well, Moment(at, 0.0)))
        probes = (*PROBES, *(probe for probe in CHOSEN if probe.name in site.asked))
        done = asyncio.run(run_round(target, clock, Memory(), probes=probes))
        readings = [site.seen.get(one.probe, one) for one in done.readings]
        return Gatherer(target, clock).gather(replace(done, readings=tuple(readings)))

    return facts_of


@pytest.fixture
def diagnosed(gather: GatherAt) -> Callable[[Site], Diagnosis]:
    return lambda site: diagnose(gather(site))
