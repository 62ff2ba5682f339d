"""Generates a demo installation with two hours of history."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.demo.deliveries import Delivery, history
from orket_console.demo.layout import Site, claim, lay_down, set_times
from orket_console.demo.runs import session_id_of, tell_run
from orket_console.demo.scenarios import SCENARIOS, ApiState, Scenario
from orket_console.demo.steps import SERVERS_LOG, LogLine, Step, Timeline
from orket_console.demo.webhook_story import WebhookStory, server_starts
from orket_console.demo.writer import Writer

SPAN = timedelta(minutes=118)
_STORM_EVERY = 75.0
"""Seconds between deliveries while Gitea tries again and again with a refused signature."""


def find_scenario(name: str) -> Scenario:
    """The scenario of that name; ConsoleError (usage) names those that there are."""
    try:
        return SCENARIOS[name]
    except KeyError:
        raise ConsoleError(
            f"No scenario is called “{name}”",
            remedy=f"choose one of {', '.join(SCENARIOS)}",
            exit_code=ExitCode.USAGE,
        ) from None


def generate(
    root: Path,
    scenario: str,
    *,
    seed: int,
    now: datetime,
    api_port: int,
    webhook_port: int,
    python: str,
) -> None:
    """Lay a demo installation into `root`, as it stands at `now` (aware).

    The same arguments give the same files, byte for byte, and the same times of change for logs
    and artifacts. `root` has to be new, empty, or an earlier demo (which is replaced);
    otherwise, or for an unknown scenario, ConsoleError is raised and nothing is written.
    """
    site = site_of(root, scenario, seed, now, api_port, webhook_port, python)
    claim(site.root)
    lay_down(site)
    with Writer(site.root) as writer:
        writer.apply(steps_until_now(site))
    set_times(site)


def site_of(
    root: Path,
    scenario: str,
    seed: int,
    now: datetime,
    api_port: int,
    webhook_port: int,
    python: str,
) -> Site:
    """The site that these arguments of `generate` describe."""
    if now.tzinfo is None:
        raise ValueError("now has to be aware of its time zone")
    return Site(
        root=root.absolute(),
        scenario=find_scenario(scenario),
        key=f"{scenario}/{seed}",
        now=now.astimezone(UTC),
        api_port=api_port,
        webhook_port=webhook_port,
        python=python,
    )


def steps_until_now(site: Site) -> list[Step]:
    """Everything that has happened, in order of time."""
    steps = [*_run_steps(site), *_webhook_steps(site), *_api_steps(site)]
    return sorted((step for step in steps if step.at <= site.now), key=lambda step: step.at)


def _run_steps(site: Site) -> Iterator[Step]:
    outcomes = site.scenario.history
    rng = random.Random(f"{site.key}/schedule")
    spacing = SPAN.total_seconds() / len(outcomes)
    for index, outcome in enumerate(outcomes):
        begins = site.now - SPAN + timedelta(seconds=spacing * (index + rng.uniform(0.0, 0.7)))
        steady = site.scenario.steady
        yield from tell_run(site.root, site.key, index, outcome, begins, steady=steady).steps


def _webhook_steps(site: Site) -> list[Step]:
    """Deliveries, spread over the time in which the server's secret was Gitea's."""
    begins = site.now - SPAN
    timeline = Timeline(begins)
    story = WebhookStory(timeline)
    server_starts(timeline, begins - timedelta(minutes=2), f"127.0.0.1:{site.webhook_port}")
    minutes = site.scenario.secret_rotated_minutes
    good_until = site.now - timedelta(minutes=minutes if minutes is not None else 1)
    deliveries = history(site.key, site.scenario.reviews)
    for at, delivery in _spread(site, deliveries, begins, good_until):
        timeline.cursor = at
        story.accept(delivery)
    if minutes is not None:
        _storm(site, timeline, story, good_until)
    return timeline.steps


def _spread(
    site: Site, deliveries: list[Delivery], begins: datetime, ends: datetime
) -> Iterator[tuple[datetime, Delivery]]:
    rng = random.Random(f"{site.key}/deliveries")
    spacing = (ends - begins) / (len(deliveries) + 1)
    for position, delivery in enumerate(deliveries):
        yield begins + spacing * (position + rng.uniform(0.1, 0.9)), delivery


def _storm(site: Site, timeline: Timeline, story: WebhookStory, begins: datetime) -> None:
    rng = random.Random(f"{site.key}/storm")
    timeline.cursor = begins
    while timeline.wait(rng.uniform(0.4, 1.6) * _STORM_EVERY) < site.now:
        story.refuse()


def _api_steps(site: Site) -> list[Step]:
    """Somebody looked at backlogs now and then; and how the API server ended, if it did."""
    rng = random.Random(f"{site.key}/api")
    timeline = Timeline(site.now - SPAN)
    down_since = site.now
    if site.scenario.api is ApiState.PORT_WAS_TAKEN:
        down_since -= timedelta(minutes=4, seconds=12)
    while timeline.wait(rng.uniform(300, 900)) < down_since:
        finished = int((timeline.cursor - site.now + SPAN) / SPAN * len(site.scenario.history)) - 1
        asked = {"session_id": session_id_of(site.key, max(0, finished))}
        timeline.add(LogLine("api_backlog", asked, file=SERVERS_LOG))
    if site.scenario.api is ApiState.PORT_WAS_TAKEN:
        timeline.cursor = down_since
        last_words = {"message": "[Errno 98] Address already in use", "level": "error"}
        timeline.add(LogLine("api_server", last_words, file=SERVERS_LOG))
    return timeline.steps
