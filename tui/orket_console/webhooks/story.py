"""Log lines put together into deliveries: what was received, and what was said of it later.

A delivery is one line `Received Gitea webhook`, with the lines of its handling after it. The
lines carry no delivery id, so each goes to the newest delivery that can have caused it. What
was refused is one line by itself. Silence says something too: see `outcomes`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from orket_console.base.events import Event
from orket_console.base.refs import LogRef
from orket_console.base.text import one_line, shorten
from orket_console.webhooks import wording
from orket_console.webhooks.model import Outcome

_REVIEW: Final = "pull_request_review"
_PULL: Final = "pull_request"
_HANDLED_WITHIN: Final = timedelta(minutes=10)
_RUN_WITHIN: Final = timedelta(seconds=30)
_FAR_BACK: Final = 300
"""Deliveries that are looked through for the one that a line belongs to."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the log itself says of an outcome; `reason` is the whole text where `why` is short."""

    outcome: Outcome
    why: str
    status: int | None = None
    reason: str = ""


@dataclass(slots=True)
class Draft:
    """A delivery while its lines are being collected."""

    at: datetime | None
    refs: list[LogRef]
    event: str = ""
    pr_key: str = ""
    is_test: bool = False
    action: str = ""
    review: str = ""
    reviewer: str = ""
    opened: bool = False
    merged_by: str = ""
    card: str = ""
    session: str = ""
    told: Told | None = None
    notes: list[str] = field(default_factory=list)
    whole: bool = True
    """Whether its beginning was seen; without it, it may belong to a line further up."""


def tell(lines: Iterable[tuple[LogRef, Event]]) -> list[Draft]:
    """The deliveries of consecutive log lines, in the order in which they were received."""
    story = _Story()
    for ref, event in lines:
        story.take(ref, event)
    return story.drafts


class _Story:
    def __init__(self) -> None:
        self.drafts: list[Draft] = []
        self._without_secret: Draft | None = None
        self._handlers: dict[str, Callable[[LogRef, Event], None]] = {
            "webhook": self._webhook,
            "webhook_event_duplicate_skipped": self._duplicate,
            "webhook_run_card_error": self._run_failed,
            "pipeline_atomic_issue": self._run_asked,
            "session_start": self._run_started,
            "pr_review": self._reviewed,
            "pr_opened": self._opened,
            "pr_merged": self._merged,
            "pr_merge_failed": self._merge_failed,
            "pr_escalated": self._escalated,
            "pr_escalation_failed": self._escalation_failed,
            "pr_rejected": self._rejected,
            "pr_reject_failed": self._reject_failed,
            "sandbox_deployed": self._sandbox,
            "sandbox_deployment_failed": self._sandbox,
            "sandbox_deployment_skipped": self._sandbox,
        }

    def take(self, ref: LogRef, event: Event) -> None:
        if handler := self._handlers.get(event.name):
            handler(ref, event)

    def _webhook(self, ref: LogRef, event: Event) -> None:
        message = wording.text(event.data, "message")
        without_secret, self._without_secret = self._without_secret, None
        if message.startswith((wording.RECEIVED, wording.TEST_RECEIVED)):
            is_test = message.startswith(wording.TEST_RECEIVED)
            received = shorten(message.partition(": ")[2], 80)
            self._new(ref, event, received).is_test = is_test
        elif message.startswith(wording.NOT_CONFIGURED):
            self._refuse(ref, event, 401, "GITEA_WEBHOOK_SECRET is not set in the server", message)
            self._without_secret = self.drafts[-1]
        elif message == wording.INVALID_SIGNATURE and without_secret is not None:
            # The second half of the same refusal.
            without_secret.refs.append(ref)
        elif message.startswith(wording.NOT_VALID):
            reason = message.removeprefix(wording.NOT_VALID)
            self._refuse(ref, event, 400, _not_valid(reason), reason)
        elif message.startswith(wording.HANDLER_ERROR):
            reason = message.removeprefix(wording.HANDLER_ERROR)
            draft = self._find(event, _unsettled) or self._new(ref, event, "")
            merged = "merged, then " if draft.merged_by else ""
            self._settle(
                draft, ref, Told(Outcome.ERROR, f"{merged}handler error: {reason}", 500, reason)
            )
        elif message.lower() in wording.REFUSALS:
            self._refuse(ref, event, *wording.REFUSALS[message.lower()], "")
        else:
            self._new(ref, event, "").told = Told(Outcome.UNKNOWN, message, None, message)

    def _refuse(self, ref: LogRef, event: Event, status: int, why: str, reason: str) -> None:
        self._new(ref, event, "").told = Told(Outcome.REFUSED, why, status, reason)

    def _reviewed(self, ref: LogRef, event: Event) -> None:
        key = wording.pr_key(event.data)
        draft = self._find(event, _review_of(key, "")) or self._late(ref, event, _REVIEW)
        draft.pr_key = key
        draft.review = wording.line(event.data, "state")
        draft.reviewer = wording.line(event.data, "reviewer")
        _add(draft, ref)

    def _duplicate(self, ref: LogRef, event: Event) -> None:
        key = wording.pr_key(event.data)
        draft = self._find(event, _review_of(key, "")) or self._late(ref, event, _REVIEW)
        draft.pr_key = key
        name = wording.line(event.data, "event_id")
        self._settle(draft, ref, Told(Outcome.IGNORED, f"{wording.CAME_TWICE}event {name}", 200))

    def _opened(self, ref: LogRef, event: Event) -> None:
        key = wording.pr_key(event.data)
        draft = self._find(event, _pull_of(key)) or self._late(ref, event, _PULL)
        draft.pr_key, draft.opened = key, True
        draft.action = wording.line(event.data, "action")
        _add(draft, ref)

    def _merged(self, ref: LogRef, event: Event) -> None:
        key = wording.pr_key(event.data)
        if "merged_by" in event.data:
            draft = self._find(event, _pull_of(key)) or self._late(ref, event, _PULL)
            draft.pr_key = key
            draft.action = "merged"
            draft.merged_by = wording.line(event.data, "merged_by") or "?"
            _add(draft, ref)
        else:
            self._answer(ref, event, "approved", Told(Outcome.ACCEPTED, "approved and merged", 200))

    def _merge_failed(self, ref: LogRef, event: Event) -> None:
        status, error = wording.line(event.data, "status"), wording.text(event.data, "error")
        why = f"merge failed: Gitea answered {status or '?'}"
        self._answer(ref, event, "approved", Told(Outcome.ERROR, why, None, error))

    def _escalated(self, ref: LogRef, event: Event) -> None:
        told = Told(Outcome.COUNTED, "to the architect", 200)
        self._answer(ref, event, "changes_requested", told)

    def _escalation_failed(self, ref: LogRef, event: Event) -> None:
        error = wording.text(event.data, "error")
        told = Told(Outcome.ERROR, f"escalation failed: {error}", None, error)
        self._answer(ref, event, "changes_requested", told)

    def _rejected(self, ref: LogRef, event: Event) -> None:
        told = Told(Outcome.COUNTED, "rejected", 200)
        self._answer(ref, event, "changes_requested", told)

    def _reject_failed(self, ref: LogRef, event: Event) -> None:
        step, error = wording.line(event.data, "step"), wording.text(event.data, "error")
        told = Told(Outcome.ERROR, f"auto-reject failed at {step}: {error}", None, error)
        self._answer(ref, event, "changes_requested", told)

    def _answer(self, ref: LogRef, event: Event, review: str, told: Told) -> None:
        """What Gitea's answer made of a review; the line may name the number alone."""
        key = wording.pr_key(event.data)
        number = wording.number(key) or wording.line(event.data, "pr")
        draft = self._find(event, _review_of(key, review, number))
        if draft is None:
            draft = self._late(ref, event, _REVIEW)
            draft.pr_key, draft.review = key, review
        self._settle(draft, ref, told)

    def _sandbox(self, ref: LogRef, event: Event) -> None:
        key = wording.pr_key(event.data)
        draft = self._find(event, lambda d: d.event == _PULL and d.pr_key == key)
        if draft is None:
            return
        _add(draft, ref)
        if event.name == "sandbox_deployment_failed":
            error = wording.text(event.data, "error")
            draft.told = Told(Outcome.ERROR, f"merged, but no sandbox: {error}", None, error)
        elif event.name == "sandbox_deployment_skipped":
            draft.notes.append(f"no sandbox was deployed: {wording.line(event.data, 'reason')}")
        else:
            draft.notes.append(f"sandbox {wording.line(event.data, 'sandbox_id')} was deployed")

    def _run_asked(self, ref: LogRef, event: Event) -> None:
        draft = self._find(event, lambda d: d.opened and not d.card, _RUN_WITHIN)
        if draft is not None:
            draft.card = wording.line(event.data, "card_id")
            _add(draft, ref)

    def _run_started(self, ref: LogRef, event: Event) -> None:
        draft = self._find(event, lambda d: bool(d.card) and not d.session, _RUN_WITHIN)
        if draft is not None:
            draft.session = one_line(event.session)
            _add(draft, ref)

    def _run_failed(self, ref: LogRef, event: Event) -> None:
        card, error = wording.line(event.data, "issue_id"), wording.text(event.data, "error")
        draft = self._find(event, lambda d: d.card == card, timedelta(days=1))
        if draft is None:
            draft = self._late(ref, event, _PULL)
            draft.card = card
        self._settle(draft, ref, Told(Outcome.ERROR, f"run of {card} failed: {error}", None, error))

    def _find(
        self,
        event: Event,
        fits: Callable[[Draft], bool],
        within: timedelta = _HANDLED_WITHIN,
    ) -> Draft | None:
        for draft in _newest(self.drafts):
            if event.at is not None and draft.at is not None and event.at - draft.at > within:
                return None
            if fits(draft):
                return draft
        return None

    def _new(self, ref: LogRef, event: Event, received: str) -> Draft:
        draft = Draft(event.at, [ref], received, wording.pr_key(event.data))
        self.drafts.append(draft)
        return draft

    def _late(self, ref: LogRef, event: Event, received: str) -> Draft:
        """A delivery whose reception is not in these lines."""
        draft = self._new(ref, event, received)
        draft.whole = False
        return draft

    @staticmethod
    def _settle(draft: Draft, ref: LogRef, told: Told) -> None:
        draft.told = told
        _add(draft, ref)


def _newest(drafts: list[Draft]) -> Iterator[Draft]:
    return iter(drafts[: -_FAR_BACK - 1 : -1])


def _add(draft: Draft, ref: LogRef) -> None:
    if ref not in draft.refs:
        draft.refs.append(ref)


def _unsettled(draft: Draft) -> bool:
    return draft.told is None


def _review_of(key: str, review: str, number: str = "") -> Callable[[Draft], bool]:
    def fits(draft: Draft) -> bool:
        if draft.event != _REVIEW or draft.told is not None or draft.review != review:
            return False
        if key:
            return draft.pr_key in (key, "")
        return bool(number) and wording.number(draft.pr_key) == number

    return fits


def _pull_of(key: str) -> Callable[[Draft], bool]:
    def fits(draft: Draft) -> bool:
        is_fresh = not (draft.opened or draft.merged_by or draft.told)
        return draft.event == _PULL and is_fresh and draft.pr_key in (key, "")

    return fits


def _not_valid(reason: str) -> str:
    """`not JSON: …`, or what pydantic found first: `payload: number: Input should be …`."""
    if "validation error" not in reason:
        return f"not JSON: {reason}"
    lines = [line.strip() for line in reason.splitlines()[1:3]]
    return "payload: " + ": ".join(line.partition(" [type=")[0] for line in lines)
