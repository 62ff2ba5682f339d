"""The environment, `.env`, and what the demo says of itself in `.orket-demo/demo.json`."""

from __future__ import annotations

import json
import os
from pathlib import Path


def load_env_file(path: Path) -> None:
    """KEY=VALUE lines into the environment: `#` only at the start, nothing that is set changes."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        if line.startswith("#") or "=" not in line:
            continue
        key, _, value = line.partition("=")
        os.environ.setdefault(key.strip(), value.strip())


def is_truthy(name: str) -> bool:
    """Whether the environment variable says yes."""
    return os.environ.get(name, "").strip().lower() in {"1", "true", "yes", "on"}


def configured_port(root: Path, key: str, fallback: int) -> int:
    """The port that the demo was given; the real program has a fixed one instead."""
    try:
        description = json.loads((root / ".orket-demo" / "demo.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return fallback
    return int(description[key])
