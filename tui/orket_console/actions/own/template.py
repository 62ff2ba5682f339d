"""Arguments with `{parameter}` in them: replaced as they stand, never split, never a shell.

A brace of its own is written twice, as in `{{`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from orket_console.actions.parameters import Kind, Parameter

PYTHON: Final = "python"
ROOT: Final = "root"
BUILT_IN: Final = (PYTHON, ROOT)
"""Placeholders that are no parameters: the installation's interpreter, and its folder."""
_PLACEHOLDER: Final = re.compile(r"\{\{|\}\}|\{([a-z][a-z0-9-]*)\}")


def names_in(argument: str) -> list[str]:
    """The placeholders of one argument."""
    return [name for name in _PLACEHOLDER.findall(argument) if name]


def filled(
    argv: tuple[str, ...],
    parameters: tuple[Parameter, ...],
    values: Mapping[str, str],
    built_in: Mapping[str, str],
) -> tuple[str, ...]:
    """The arguments with every placeholder replaced by its value.

    An argument that holds a parameter without a value is left out; a required one shows its
    place.
    """
    texts = {**built_in, **{p.name: _text(p, values[p.name]) for p in parameters}}
    return tuple(
        _PLACEHOLDER.sub(lambda found: texts[found[1]] if found[1] else found[0][0], argument)
        for argument in argv
        if all(texts[name] for name in names_in(argument) if name not in built_in)
    )


def _text(parameter: Parameter, value: str) -> str:
    if parameter.kind is Kind.FLAG:
        return parameter.option if value == "yes" else ""
    return value or (f"<{parameter.name}>" if parameter.required else "")
