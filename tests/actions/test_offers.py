"""What a parameter could be, found in what is kept."""

from __future__ import annotations

import pytest

from orket_console.actions.catalogue import CATALOGUE, find
from orket_console.actions.offers import has_offers, offers_for
from orket_console.actions.plan import plan
from orket_console.actions.runner import start
from orket_console.target.target import Target


@pytest.mark.usefixtures("no_action_outlives")
async def test_the_runs_with_copies_are_offered_newest_first(
    target: Target,
) -> None:
    ids = []
    for _ in range(2):
        run = await start(target, plan(target, find("migrations"), {}), lambda piece: None)
        ids.insert(0, (await run.ended()).id)
    (offers,) = offers_for(target, find("restore")).values()
    assert [offer.value for offer in offers] == ids
    assert {offer.text for offer in offers} == {"before Run migrations"}


def test_only_where_something_is_looked_for(target: Target) -> None:
    assert [action.name for action in CATALOGUE if has_offers(action)] == ["restore"]
    assert offers_for(target, find("migrations")) == {}
    assert offers_for(target, find("restore")) == {"id": ()}
