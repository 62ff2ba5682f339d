"""What is asked before a run, and what is told of it."""

from __future__ import annotations

import msgspec
import pytest

from orket_console.actions.catalogue import Effect, find
from orket_console.actions.confirmation import Ask, confirmation_of, undone_by
from orket_console.actions.overview import detail
from orket_console.actions.plan import plan
from orket_console.target.target import Target


def test_what_stops_a_process_or_changes_databases_wants_the_name(target: Target) -> None:
    for effect in (Effect.STOPS_PROCESS, Effect.CHANGES_DATABASES):
        asked = confirmation_of(target, effect)
        assert (asked.ask, asked.name) == (Ask.NAME, "orket")
        assert asked.reason == f"it {effect}"


@pytest.mark.parametrize("effect", Effect)
def test_every_effect_says_what_is_asked_and_what_undoes_it(target: Target, effect: Effect) -> None:
    asked = confirmation_of(target, effect)
    assert (asked.ask is Ask.NOTHING) is (not effect.writes)
    assert bool(asked.name) is (asked.ask is Ask.NAME)
    assert undone_by(effect)


@pytest.mark.parametrize("typed", ["", "yes", "y", "ORKET", "orke", "orket2", "orket\norket"])
def test_another_name_is_refused_with_the_right_one(target: Target, typed: str) -> None:
    asked = confirmation_of(target, Effect.STOPS_PROCESS)
    assert asked.objection(typed) == "that is not the name of this installation: type orket"


def test_blanks_around_the_name_are_let_be(target: Target) -> None:
    assert confirmation_of(target, Effect.STOPS_PROCESS).objection(" orket ") == ""


def test_parameters_that_soften_an_action_soften_what_is_asked(target: Target) -> None:
    asked = [
        plan(target, find("release-smoke"), {"skip-tests": value}).confirmation.ask
        for value in ("no", "yes")
    ]
    assert asked == [Ask.NAME, Ask.YES]
    assert plan(target, find("failure-report"), {"out": ""}).confirmation.ask is Ask.NOTHING


def test_the_plan_says_what_is_copied_and_what_undoes_it(target: Target) -> None:
    shown = detail(target, find("migrations"), {})
    assert [line.partition(",")[0] for line in shown.backups] == [
        "orket_persistence.db",
        "webhook.db",
    ]
    assert all(line.endswith(f"to {target.state.actions}/<id>/backup") for line in shown.backups)
    assert "actions restore" in shown.undo
    assert msgspec.to_builtins(shown)["confirmation"] == {
        "ask": "the target's name",
        "reason": "it changes databases",
        "name": "orket",
    }


def test_what_changes_no_database_copies_none(target: Target) -> None:
    assert plan(target, find("security-canary"), {}).backups == ()


def test_everything_that_was_looked_at_is_told(target: Target) -> None:
    made = plan(target, find("cli-smoke"), {})
    assert [check.what for check in made.checks] == [
        "leave to write",
        "no other writer",
        "script",
        "interpreter",
        "git",
    ]
    assert all(check.met for check in made.checks)
