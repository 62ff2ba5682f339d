"""`python -m tests.pictures`: draw `screenshots/` anew from the demo."""

from __future__ import annotations

import asyncio

from tests.pictures.scenes import FOLDER, SCENES, file_of
from tests.pictures.stage import draw, stage


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    wanted = {file_of(scene, size) for scene in SCENES for size in scene.sizes}
    for stale in set(FOLDER.glob("*.svg")) - wanted:
        stale.unlink()
    for scenario in dict.fromkeys(scene.scenario for scene in SCENES):
        with stage(scenario) as target:
            for scene in (scene for scene in SCENES if scene.scenario == scenario):
                for size, drawn in asyncio.run(draw(target, scene)).items():
                    path = file_of(scene, size)
                    path.write_text(drawn)
                    print(path.relative_to(FOLDER.parent))


main()
