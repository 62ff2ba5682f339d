"""The pictures of the README are what the console shows of the demo now."""

from __future__ import annotations

import asyncio

import pytest
from tests.pictures.scenes import SCENES, SIZES, file_of
from tests.pictures.stage import draw, stage


@pytest.mark.parametrize("scenario", sorted({scene.scenario for scene in SCENES}))
def test_the_pictures_are_not_stale(scenario: str) -> None:
    stale = []
    with stage(scenario) as target:
        for scene in (scene for scene in SCENES if scene.scenario == scenario):
            for size in SIZES:
                path = file_of(scene, size)
                drawn = asyncio.run(draw(target, scene, size))
                if not path.exists() or path.read_text() != drawn:
                    stale.append(path.name)
    assert not stale, f"run `python -m tests.pictures` and look at {', '.join(stale)}"
