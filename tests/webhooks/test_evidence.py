"""The detail of a row as text, and where it was read."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from orket_console.base.refs import LogRef, SessionRef, TableRef
from orket_console.target.layout import Layout
from orket_console.target.target import Target
from orket_console.webhooks.deliveries import deliveries
from orket_console.webhooks.evidence import (
    cycle_lines,
    delivery_lines,
    failure_lines,
    payload_text,
    seen_in,
    spans,
)
from orket_console.webhooks.reviews import cycles, failures

Site = Any


def moment(at: datetime) -> str:
    return f"{at:%H:%M:%S}"


def test_spans() -> None:
    assert spans([3, 1, 2, 7, 7, 9, 10]) == "1–3,7,9–10"
    assert spans([]) == ""


def test_places_are_gathered_by_file_and_table() -> None:
    layout = Layout(Path("/srv/orket"), Path("/srv/orket/.orket/durable"))
    refs = [
        LogRef("/srv/orket/orket.log", 10, 31),
        LogRef("/srv/orket/orket.log", 90, 32),
        TableRef("webhook.db", "review_failures", (1, 2, 3)),
        LogRef("/srv/orket/orket.log", 5000),
        SessionRef("bf32892f"),
    ]
    assert seen_in(refs, layout) == (
        "root/orket.log:31–32, webhook.db review_failures:1–3, root/orket.log@5000, run bf32892f"
    )


def test_a_delivery(site: Site, target: Target) -> None:
    site.review()
    site.count(4, reason="missing tests\nfor [bold]edge[/bold] cases")
    (row,) = deliveries(target, site.later).rows
    assert delivery_lines(row, target.layout, moment) == [
        "pull_request_review · acme/shop#7 · error 500 · 05:00:01",
        "  Gitea unreachable, cycle 4 of 4: no auto-reject",
        "  missing tests",
        "  for [bold]edge[/bold] cases",
        "  deduced: the server logs nothing when its request to Gitea fails; GITEA_URL?",
        "  seen in root/orket.log:1–2, webhook.db review_failures:1",
    ]


def test_a_refused_delivery_without_event(site: Site, target: Target) -> None:
    site.webhook("Missing webhook signature")
    (row,) = deliveries(target, site.later).rows
    first = delivery_lines(row, target.layout, moment)[0]
    assert first == "event not recorded · no pull request · refused 401 · 05:00:01"


def test_a_stuck_cycle(site: Site, target: Target) -> None:
    site.review(cycle=4)
    site.count(5, reason="still missing\nsecond line")
    (row,) = cycles(target).rows
    head, *middle, last = cycle_lines(row, target.layout, moment)
    assert head == (
        "acme/shop#7 · cycle 5 of 4 · active · STUCK: auto-reject never finished: Gitea unreachable"
    )
    assert middle == [
        "   4  05:00:01  integrity_guard  missing tests",
        "   5  05:00:01  integrity_guard  still missing",
        "      second line",
    ]
    assert last == (
        "  seen in webhook.db pr_review_cycles:1, "
        "webhook.db review_failures:1–2, root/orket.log:1–2"
    )


def test_a_failure(site: Site, target: Target) -> None:
    site.count(2)
    (row,) = failures(target).rows
    assert failure_lines(row, target.layout, moment) == [
        "acme/shop#7 · cycle 2 · integrity_guard · 05:00:00",
        "  missing tests",
        "  seen in webhook.db review_failures:1",
    ]


def test_payloads_are_indented_json_or_left_as_they_stand() -> None:
    assert payload_text('{"a":[1,{"b":"[/x]"}]}') == (
        '{\n  "a": [\n    1,\n    {\n      "b": "[/x]"\n    }\n  ]\n}'
    )
    assert payload_text('{"half": ') == '{"half": '
    assert payload_text('{"a": "\\u001b[2J\\ud83d"}') == '{\n  "a": "␛[2J\ufffd"\n}'
    assert "nested deeper" in payload_text("[" * 500 + "]" * 500)
