"""The pictures of the README are what the console shows of the demo now."""

from __future__ import annotations

import asyncio
import re

import pytest
from tests.pictures.scenes import SCENES, file_of
from tests.pictures.stage import draw, stage


@pytest.mark.first
@pytest.mark.parametrize("scenario", sorted({scene.scenario for scene in SCENES}))
def test_the_pictures_are_not_stale(scenario: str) -> None:
    stale = []
    with stage(scenario) as target:
        for scene in (scene for scene in SCENES if scene.scenario == scenario):
            for size, drawn in asyncio.run(draw(target, scene)).items():
                path = file_of(scene, size)
                before = path.read_text() if path.exists() else ""
                if before != drawn:
                    stale.append(f"{path.name}\n{_difference(before, drawn)}")
    assert not stale, "run `python -m tests.pictures` and look at " + "\n".join(stale)


def _difference(before: str, after: str) -> str:
    """The words that went and came, which say more than two pictures."""
    # Their names are numbers made of all that is on them.
    named = (re.sub(r"terminal-\d+", "terminal", svg) for svg in (before, after))
    went, came = (re.findall(r"y=\"[\d.]+\"[^>]*>[^<]*(?=</text>)", svg) for svg in named)
    return "\n".join(
        [
            *(f"- {words}" for words in went if words not in came),
            *(f"+ {words}" for words in came if words not in went),
        ]
    )
