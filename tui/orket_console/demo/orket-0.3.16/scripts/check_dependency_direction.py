"""Which module of `orket` imports which, against the layers they belong to."""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OUT = Path("benchmarks/results/dependency_direction_check.json")
LAYERS = (
    {"clock", "keeper", "runtime_paths", "settings"},
    {"log", "replay", "store", "web"},
    {"runs", "webhook_db"},
    {"api", "webhook_handler"},
    {"webhook_server"},
)


def imports_of(source: Path) -> set[str]:
    """The modules of `orket` that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("orket."):
            found.add(str(node.module).removeprefix("orket."))
        elif isinstance(node, ast.ImportFrom) and node.module == "orket":
            found |= {alias.name for alias in node.names if not alias.name.startswith("__")}
    return found


def violations() -> list[str]:
    """Imports that go up."""
    layer_of = {name: rank for rank, names in enumerate(LAYERS) for name in names}
    return [
        f"{source.stem} -> {imported}"
        for source in sorted((ROOT / "orket").glob("[a-z]*.py"))
        for imported in sorted(imports_of(source))
        if layer_of[imported] > layer_of[source.stem]
    ]


def main() -> int:
    """Write the report; 1 when an import goes up."""
    wrong = violations()
    OUT.parent.mkdir(parents=True, exist_ok=True)
    report = {"ok": not wrong, "violations": wrong}
    OUT.write_text(json.dumps(report, indent=2), encoding="utf-8")
    print(f"Wrote {OUT}")
    print("Dependency direction check failed." if wrong else "Dependency direction check passed.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
