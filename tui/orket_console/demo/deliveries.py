"""What Gitea delivers: the lives of pull requests, as a sequence that the seed decides."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from orket_console.demo.content import content
from orket_console.demo.scenarios import ReviewStory

_REPOSITORIES = ("acme/shop", "acme/ledger", "acme/gate")
_CYCLES = {
    ReviewStory.MERGED: 1,
    ReviewStory.ESCALATED: 3,
    ReviewStory.REJECTED: 4,
    ReviewStory.STUCK: 5,
}


@dataclass(frozen=True, slots=True)
class Delivery:
    """One POST: its X-Gitea-Event and its body.

    `gitea_answers` is whether Gitea will answer when the delivery makes the server call it.
    """

    event: str
    payload: dict[str, Any]
    gitea_answers: bool = True


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request and how its deliveries look."""

    repository: str
    number: int
    title: str
    branch: str

    def payload(self, action: str, **more: dict[str, Any]) -> dict[str, Any]:
        """A body as Gitea sends it."""
        owner, name = self.repository.split("/")
        pull: dict[str, Any] = {
            "number": self.number,
            "title": self.title,
            "state": "open",
            "merged": False,
            "head": {"ref": self.branch},
            "base": {"ref": "main"},
            "html_url": f"http://gitea.example/{self.repository}/pulls/{self.number}",
        }
        body: dict[str, Any] = {
            "action": action,
            "number": self.number,
            "pull_request": pull,
            "repository": {"name": name, "full_name": self.repository, "owner": {"login": owner}},
            "sender": {"login": "orket-bot"},
        }
        pull.update(more.pop("pull_request", {}))
        return body | more

    def opened(self) -> Delivery:
        """It was opened."""
        return Delivery("pull_request", self.payload("opened"))

    def pushed(self) -> Delivery:
        """New commits arrived."""
        return Delivery("pull_request", self.payload("synchronized"))

    def review(self, reviewer: str, state: str, body: str, *, answered: bool = True) -> Delivery:
        """Somebody reviewed it."""
        review = {"user": {"login": reviewer}, "state": state, "body": body}
        payload = self.payload("reviewed", review=review)
        return Delivery("pull_request_review", payload, answered)

    def merged(self) -> Delivery:
        """It was merged and closed."""
        closed = {"state": "closed", "merged": True, "merged_by": {"login": "orket-bot"}}
        return Delivery("pull_request", self.payload("closed", pull_request=closed))


def _pull_request(rng: random.Random, number: int) -> PullRequest:
    content_epic = rng.choice(content().epics)
    work = rng.choice(content_epic.work)
    tag = f"[ISSUE-{content_epic.prefix}{number}] " if rng.random() < 0.6 else ""
    branch = f"{content_epic.slug.replace('_', '-')}-{number}"
    return PullRequest(rng.choice(_REPOSITORIES), number, f"{tag}{work.summary}", branch)


def story(rng: random.Random, number: int, ending: ReviewStory) -> Iterator[Delivery]:
    """The deliveries of one pull request, from its opening to its `ending`."""
    pull = _pull_request(rng, number)
    yield pull.opened()
    for cycle in range(1, _CYCLES[ending] + 1):
        reason = rng.choice(content().review_reasons)
        answered = ending is not ReviewStory.STUCK or cycle < _CYCLES[ReviewStory.ESCALATED]
        yield pull.review("integrity_guard", "changes_requested", reason, answered=answered)
        if ending is ReviewStory.MERGED:
            yield pull.pushed()
    if ending is ReviewStory.MERGED:
        yield pull.review("lead_architect", "approved", "Good now. 👍")
        yield pull.merged()


def history(key: str, endings: tuple[ReviewStory, ...]) -> list[Delivery]:
    """The deliveries of the last two hours, one pull request after the other."""
    rng = random.Random(f"{key}/reviews")
    return [
        delivery
        for number, ending in enumerate(endings, 41)
        for delivery in story(rng, number, ending)
    ]


def onward(key: str) -> Iterator[Delivery]:
    """The deliveries that follow while the demo is up: without end, all of them merged."""
    rng = random.Random(f"{key}/reviews/live")
    for number in itertools.count(61):
        yield from story(rng, number, ReviewStory.MERGED)
