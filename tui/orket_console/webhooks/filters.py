"""What a webhook list is filtered by: words, and `outcome:` and `pr:`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.webhooks.model import Cycle, Delivery, Outcome, ReviewFailure


@dataclass(frozen=True, slots=True)
class Filter:
    """Every word must be in the row, whatever its case; `pr` is the end of a key, or a part."""

    words: tuple[str, ...] = ()
    outcomes: frozenset[Outcome] = frozenset()
    pr: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.words or self.outcomes or self.pr)

    def takes_delivery(self, delivery: Delivery) -> bool:
        if self.outcomes and delivery.outcome not in self.outcomes:
            return False
        return self._takes(
            delivery.pr_key, (delivery.event, delivery.label, delivery.why, delivery.reason)
        )

    def takes_cycle(self, cycle: Cycle) -> bool:
        texts = [cycle.label, cycle.status, cycle.why]
        texts += [text for f in cycle.failures for text in (f.reviewer, f.reason)]
        return self._takes(cycle.pr_key, texts)

    def takes_failure(self, failure: ReviewFailure) -> bool:
        cycle = "" if failure.cycle is None else f"cycle {failure.cycle}"
        return self._takes(failure.pr_key, (cycle, failure.reviewer, failure.reason))

    def _takes(self, pr_key: str, texts: Iterable[str]) -> bool:
        if self.pr and not _names(self.pr, pr_key.casefold()):
            return False
        text = "\n".join((pr_key, *texts)).casefold()
        return all(word in text for word in self.words)


def parse_filter(expression: str) -> Filter:
    """`401 outcome:refused pr:acme/shop#7` as a filter. Raises `ConsoleError` (exit 2)."""
    words: list[str] = []
    outcomes: set[Outcome] = set()
    pr = ""
    for word in expression.casefold().split():
        name, colon, value = word.partition(":")
        if colon and name == "outcome":
            outcomes |= {_outcome(part) for part in value.split(",")}
        elif colon and name == "pr":
            pr = value.lstrip("#") if value.lstrip("#").isdecimal() else value
        else:
            words.append(word)
    return Filter(tuple(words), frozenset(outcomes), pr)


def _outcome(word: str) -> Outcome:
    try:
        return Outcome(word)
    except ValueError as error:
        raise ConsoleError(
            f"no outcome is called {word!r}",
            remedy=f"there are {', '.join(Outcome)}",
            exit_code=ExitCode.USAGE,
        ) from error


def _names(wanted: str, pr_key: str) -> bool:
    """`7` and `shop#7` name `acme/shop#7`; `shop` names every pull request of it."""
    if wanted.isdecimal():
        return pr_key.endswith(f"#{wanted}")
    return pr_key.endswith(wanted) if "#" in wanted else wanted in pr_key
