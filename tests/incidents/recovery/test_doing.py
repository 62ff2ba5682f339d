"""Where an operator is led to do a step, and what is typed for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.incidents.findings import DOWN, OK, START, looked_at

from orket_console.base.refs import ProbeRef
from orket_console.incidents.ledger.model import PassStep, StepKind
from orket_console.incidents.recovery.doing import Look, Run, Show, how_of, way_of
from orket_console.target.target import Target


def step(key: str, kind: StepKind = StepKind.ACTION) -> PassStep:
    return PassStep(1, 1, 1, key, kind, key, "")


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """All that is in PATH."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def test_no_docker_build_is_asked_for_where_there_is_no_docker(
    programs: Path, bare_root: Path, target_of: Callable[..., Target]
) -> None:
    target, smoke = target_of(bare_root), step("gate:release-smoke")
    assert way_of(target, smoke, (), None) == Run("release-smoke", {"skip-docker": "yes"})
    how = how_of(target, smoke, (), None)
    assert how is not None
    assert how.command == (
        "orket-console actions run release-smoke --param skip-docker=yes --confirm orket"
    )
    docker = programs / "docker"
    docker.write_text("")
    docker.chmod(0o700)
    assert way_of(target, smoke, (), None) == Run("release-smoke", {})
    how = how_of(target, smoke, (), None)
    assert how is not None
    assert how.command == "orket-console actions run release-smoke --confirm orket"


def test_a_step_leads_to_what_closes_it(bare_root: Path, target_of: Callable[..., Target]) -> None:
    target = target_of(bare_root)
    done = looked_at(START).done
    assert way_of(target, step("gate:cli-smoke"), (), done) == Run("cli-smoke")
    assert way_of(target, step("action:of-nobody"), (), done) == Run("of-nobody")
    assert way_of(target, step("probe:api"), (), done) == Run("restart-api")
    assert way_of(target, step("probe:api-key"), (), done) == Run("restart-api")
    assert way_of(target, step("probe:gitea"), (), done) == Show((ProbeRef("gitea"),))
    seen = step("seen:api", StepKind.CHECK)
    assert way_of(target, seen, (), done) == Show((ProbeRef("api"),))
    refs = tuple(each.ref for each in DOWN.evidence)
    assert way_of(target, step("cause:", StepKind.CHECK), (DOWN, DOWN), done) == Show(refs)
    assert way_of(target, step("turn:no key"), (), done) == Show(())
    assert way_of(target, step("gone:", StepKind.VERIFY), (), done) == Look()
    query = how_of(target, step("query:stuck-cycles"), (), done)
    assert query is not None
    assert query.command == "orket-console webhooks query stuck-cycles"
    named = looked_at(START, readings=(replace(OK[3], action="migrations"),)).done
    assert way_of(target, step("probe:runtime-db"), (), named) == Run("migrations")
