"""Release smoke: tests, security canary, migrations on scratch databases, a Docker build.

It calls plain `python`, so the interpreter that is meant must come first in PATH. Scratch
databases are left in `.smoke/`.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))


def run(command: list[str]) -> None:
    """Run one step; a step that fails ends the smoke."""
    print(f"[release-smoke] RUN: {' '.join(command)}", flush=True)
    subprocess.run(command, check=True)


def docker_smoke(tag: str) -> None:
    """Build the image."""
    if shutil.which("docker") is None:
        raise RuntimeError("Docker is not installed or not found in PATH.")
    run(["docker", "build", "-t", tag, "."])


def bootstrap(runtime_db: str, webhook_db: str) -> None:
    """Make the scratch databases' tables."""
    from orket.store import create_tables

    print("[release-smoke] Bootstrapping database schemas", flush=True)
    create_tables(Path(runtime_db), "runtime")
    create_tables(Path(webhook_db), "webhook")


def main() -> None:
    """Every step that is not skipped."""
    parser = argparse.ArgumentParser(description="One-command local release smoke")
    for step in ("tests", "security-canary", "migrations", "docker"):
        parser.add_argument(f"--skip-{step}", action="store_true")
    parser.add_argument("--runtime-db", default=".smoke/runtime.db")
    parser.add_argument("--webhook-db", default=".smoke/webhook.db")
    parser.add_argument("--docker-image-tag", default="orket:release-smoke")
    arguments = parser.parse_args()
    Path(".smoke").mkdir(exist_ok=True)
    databases = arguments.runtime_db, arguments.webhook_db
    if not arguments.skip_tests:
        run(["python", "-m", "pytest", "tests/", "-q"])
    if not arguments.skip_security_canary:
        run(["python", "scripts/security_canary.py"])
    if not arguments.skip_migrations:
        bootstrap(*databases)
        names = ["--runtime-db", databases[0], "--webhook-db", databases[1]]
        run(["python", "scripts/run_migrations.py", *names])
    if not arguments.skip_docker:
        docker_smoke(arguments.docker_image_tag)
    print("[release-smoke] SUCCESS")


if __name__ == "__main__":
    main()
