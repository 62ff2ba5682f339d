"""What there is when a pass begins or is judged, and what came later than that.

By the clock alone a failure is hidden that comes back after the clock was set back: so what can
be told by its place in a log, or by the run that it is of, is told by that.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from orket_console.base.files import UnreadableError
from orket_console.base.refs import DeliveryRef, LogRef, ProbeRef
from orket_console.incidents.diagnosis.finding import FailureClass, Finding
from orket_console.incidents.diagnosis.gathering.log_pass import fingerprint, own_logs
from orket_console.incidents.ledger.model import LogMark, Mark
from orket_console.incidents.looking import Looked
from orket_console.logs.rotation import generations
from orket_console.logs.scan.spans import Log, open_log
from orket_console.target.target import Target


def mark_of(target: Target, looked: Looked, before: Mark | None = None) -> Mark:
    """What a look saw, and how far the logs go now: reads the ends of these.

    What had failed `before` has so now, whether the look could read of it or not.
    """
    findings = looked.diagnosis.findings
    runs = {each for one in findings if one.failure is FailureClass.RUN for each in one.subjects}
    runs |= {one.session for one in looked.diagnosis.sessions}
    return Mark(
        logs=tuple(_log_marks(target)),
        failed=frozenset(runs) | (before.failed if before else frozenset()),
        newest=dict(before.newest if before else {})
        | {one.signature: one.last for one in findings if one.last is not None},
    )


def is_later(finding: Finding, since: datetime, mark: Mark | None) -> bool:
    """Whether the newest evidence of a finding is from after a moment; not for what is undated.

    A run that had not failed at that moment is later, and so is a line behind where its log
    ended then; one before that is not, whatever its time, where lines are all there is. Of all
    the rest the clock tells.
    """
    if finding.last is None:
        return False
    if mark is None:
        return finding.last > since
    if finding.failure is FailureClass.RUN:
        if not mark.failed.issuperset(finding.subjects):
            return True
    elif behind := [_is_behind(ref, mark) for ref in _lines(finding)]:
        if any(behind):
            return True
        if None not in behind and len(behind) == _tangible(finding):
            return False
    return finding.last > max(since, mark.newest.get(finding.signature, since))


def _log_marks(target: Target) -> Iterator[LogMark]:
    for name, path in own_logs(target.layout).items():
        for part in generations(path):
            with suppress(UnreadableError), open_log(part.path, name) as log:
                if not log.packed:
                    yield _mark(log, log.size)


def _mark(log: Log, size: int) -> LogMark:
    """As it would be with that size; of a file that is smaller the fingerprint tells."""
    info = os.fstat(log.fd)
    return LogMark(info.st_dev, info.st_ino, size, fingerprint(log, size))


def _tangible(finding: Finding) -> int:
    """How many pieces of evidence are more than what a probe says."""
    return sum(not isinstance(each.ref, ProbeRef) for each in finding.evidence)


def _lines(finding: Finding) -> Iterator[LogRef]:
    for each in finding.evidence:
        ref = each.ref.line if isinstance(each.ref, DeliveryRef) else each.ref
        if isinstance(ref, LogRef):
            yield ref


def _is_behind(ref: LogRef, mark: Mark) -> bool | None:
    """Whether a line stands behind where its log ended; None for a log that was not there, or
    that was written anew since."""
    try:
        with open_log(Path(ref.path), ref.path) as log:
            # A size that it does not have any more is no mark of it either.
            known = next((one for one in mark.logs if _mark(log, one.size) == one), None)
    except UnreadableError:
        return None
    return ref.offset >= known.size if known else None
