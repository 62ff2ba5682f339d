"""What became of a delivery: what the log says, what the tables add, and what silence means.

Both versions say nothing when Gitea can't be reached (the request to it fails outside of what
the server catches: it answers 500), when a pull request names no issue, and when a payload
lacks what the handler wants (on the new version). So an outcome may be deduced from the line
that never came; `notes` then says which.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from orket_console.base.refs import Ref, SessionRef
from orket_console.base.text import shorten
from orket_console.webhooks.model import (
    ESCALATION_CYCLE,
    LAST_CYCLE,
    Delivery,
    Outcome,
    ReviewFailure,
)
from orket_console.webhooks.story import Draft, Told

HANDLING: Final = timedelta(seconds=60)
"""How long a handler may be at work: it waits ten seconds for each answer of Gitea."""
_Known = tuple[Told, *tuple[str, ...]]
"""An outcome, and how it is known where it was not said."""
_WHY: Final = 300
_REASON: Final = 20_000
_GITEA: Final = "deduced: the server logs nothing when its request to Gitea fails; GITEA_URL?"
_NO_SIGNATURE: Final = "the security canary and the test suite write such lines too"
_SIGNATURE: Final = "0.3 wants the bare hex of the HMAC, later versions want sha256=<hex>"
_TEST: Final = "came by /webhook/test, as the test suite does too"


def settle(draft: Draft, failure: ReviewFailure | None, unread: str, now: datetime) -> Delivery:
    """A draft as a delivery.

    `failure` is the row that the review left in `review_failures`; `unread` says why that
    table can't tell (empty when it can).
    """
    young = draft.at is not None and abs(now - draft.at) < HANDLING
    told, *notes = _outcome(draft, failure, unread, young=young)
    reason = told.reason or (failure.reason if failure else "")
    if len(reason) > _REASON:
        reason = f"{reason[:_REASON]}… cut at {_REASON} of {len(reason)} characters"
    refs: list[Ref] = list(draft.refs)
    if failure:
        refs.append(failure.ref)
    if draft.session:
        refs.append(SessionRef(draft.session))
    return Delivery(
        key=f"log:{draft.refs[0].offset}",
        at=draft.at,
        event=draft.event,
        pr_key=draft.pr_key,
        outcome=told.outcome,
        status=told.status,
        why=shorten(("test: " if draft.is_test else "") + told.why, _WHY),
        reason=reason,
        notes=(*notes, *draft.notes, *((_TEST,) if draft.is_test else ())),
        payload="",
        refs=tuple(refs),
        reviewer=draft.reviewer,
        action=draft.review or draft.action,
        words=failure.reason[:_REASON] if failure else "",
    )


def _outcome(draft: Draft, failure: ReviewFailure | None, unread: str, *, young: bool) -> _Known:
    """What became of it, and how that is known where it was not said."""
    if draft.told is not None:
        return _said(draft, draft.told, failure)
    if draft.event == "pull_request_review":
        return _silent_review(draft, failure, unread, young=young)
    if draft.merged_by:
        return (Told(Outcome.ACCEPTED, f"merged by {draft.merged_by}", 200),)
    if draft.opened:
        return _silent_opening(draft, young=young)
    if draft.event == "pull_request":
        return (
            Told(Outcome.IGNORED, "action not handled"),
            "deduced: no pr_ line follows; opened, synchronized and merged are handled",
        )
    return Told(Outcome.IGNORED, "event not handled", 200), "only pull requests and reviews are"


def _said(draft: Draft, told: Told, failure: ReviewFailure | None) -> _Known:
    if told.why == "invalid signature":
        return told, _SIGNATURE, _NO_SIGNATURE
    if told.status == 401:
        return told, _NO_SIGNATURE
    if draft.review == "changes_requested" and told.outcome is Outcome.COUNTED:
        return (Told(told.outcome, f"{_cycle(failure)}, {told.why}", told.status),)
    return (told,)


def _silent_review(
    draft: Draft, failure: ReviewFailure | None, unread: str, *, young: bool
) -> _Known:
    if draft.review == "approved":
        if young:
            return (Told(Outcome.PENDING, "approved, Gitea is asked to merge"),)
        return Told(Outcome.ERROR, "merge failed: Gitea unreachable", 500), _GITEA
    if draft.review == "changes_requested":
        return _silent_refusal(failure, unread, young=young)
    if draft.review:
        return (Told(Outcome.IGNORED, f"review {draft.review}: not acted on", 200),)
    if young:
        return (Told(Outcome.PENDING, "received"),)
    return (
        Told(Outcome.ERROR, "payload not understood"),
        "deduced: no pr_review line follows, though every review that is understood has one",
    )


def _silent_refusal(failure: ReviewFailure | None, unread: str, *, young: bool) -> _Known:
    if failure is None:
        if young:
            return (Told(Outcome.PENDING, "changes requested"),)
        missing = unread or "review_failures has no row for it"
        return (Told(Outcome.UNKNOWN, f"changes requested; cycle not known: {missing}"),)
    if failure.cycle is None or failure.cycle < ESCALATION_CYCLE:
        return (Told(Outcome.COUNTED, _cycle(failure), 200),)
    step = "escalation" if failure.cycle < LAST_CYCLE else "auto-reject"
    if young:
        return (Told(Outcome.PENDING, f"{_cycle(failure)}, {step} under way"),)
    return Told(Outcome.ERROR, f"Gitea unreachable, {_cycle(failure)}: no {step}", 500), _GITEA


def _silent_opening(draft: Draft, *, young: bool) -> _Known:
    if draft.session:
        return (Told(Outcome.ACCEPTED, f"run {draft.session} of {draft.card} started", 200),)
    if draft.card and young:
        return (Told(Outcome.ACCEPTED, f"run of {draft.card} asked for", 200),)
    if draft.card:
        return (
            Told(Outcome.ACCEPTED, f"run of {draft.card} asked for, no session followed", 200),
            "0.3 answers 200 and the run dies at once, told on the server's stderr alone",
        )
    return (
        Told(Outcome.IGNORED, "no issue id in the title", 200),
        "deduced: pr_opened is not followed by a run",
    )


def _cycle(failure: ReviewFailure | None) -> str:
    number = "?" if failure is None or failure.cycle is None else failure.cycle
    return f"cycle {number} of {LAST_CYCLE}"
