"""Whether a shell below would notice that the console was stopped, and could go on with it."""

from __future__ import annotations

import os


def has_job_control() -> bool:
    """Whether the parent is in this session, and in another group: a shell that runs jobs.

    What `ssh -t host orket-console` starts, or a terminal's own command, has none: stopped, it
    would hang for ever.
    """
    parent = os.getppid()
    try:
        return os.getsid(parent) == os.getsid(0) and os.getpgid(parent) != os.getpgrp()
    except ProcessLookupError:  # it has just ended
        return False
