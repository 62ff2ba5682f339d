"""No server outlives the demo that keeps it.

The demo's keeper holds a lock on `.orket-demo/keeper.lock` for as long as it lives. A server that
finds it held waits for it in a thread, and ends when it is let go, however the keeper died; a
temporary demo's folder goes with it. A server that finds it free was started by hand in a folder
that was kept, and runs as any other.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import threading
from pathlib import Path


def _wait_for_release(descriptor: int, temporary: Path | None) -> None:
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    if temporary is not None:
        shutil.rmtree(temporary, ignore_errors=True)
    os._exit(0)


def follow_keeper(root: Path) -> None:
    """End this process when the demo ends, if a demo is running in `root`."""
    try:
        descriptor = os.open(root / ".orket-demo" / "keeper.lock", os.O_RDONLY)
    except FileNotFoundError:
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        temporary = root if (root / ".orket-demo" / "temporary").exists() else None
        waiter = threading.Thread(target=_wait_for_release, args=(descriptor, temporary))
        waiter.daemon = True
        waiter.start()
        return
    os.close(descriptor)
