"""Run the steps of a bundle: `sequence NAME [--resume] [--keep-going] [OPTIONS OF ITS STEPS]`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from orket_console.actions.catalogue import find
from orket_console.actions.definition import Action
from orket_console.actions.parameters import Kind, checked
from orket_console.actions.programs.program import run
from orket_console.actions.sequencer import Sequencer
from orket_console.actions.verdicts import Judgement
from orket_console.actions.within import within
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.target.target import Target


def sequenced(target: Target, arguments: Sequence[str]) -> Judgement:
    """The verdict of the bundle that the first argument names."""
    name, *options = arguments or ("",)
    bundle = find(name)
    values = checked(bundle.parameters, _given(bundle, options), target.path)
    return Sequencer(target, bundle, values, within(os.environ)).run()


def _given(bundle: Action, options: Sequence[str]) -> dict[str, str]:
    """The parameters that the options stand for. Raises `ConsoleError` for any other."""
    known = {parameter.option: parameter for parameter in bundle.parameters}
    given: dict[str, str] = {}
    rest = iter(options)
    for option in rest:
        parameter = known.get(option)
        if parameter is None:
            raise ConsoleError(f"no option {option!r} of {bundle.name}", exit_code=ExitCode.USAGE)
        given[parameter.name] = "yes" if parameter.kind is Kind.FLAG else next(rest, "")
    return given


if __name__ == "__main__":
    sys.exit(run(sequenced))
