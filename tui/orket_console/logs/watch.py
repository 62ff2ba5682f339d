"""Learns from the system that a log was written to, where the system tells (inotify).

Folders are watched, so that a log that appears, is renamed or is replaced is seen as well.
Where nothing tells (another system, no watches left, a file system of another machine), the
logs are looked at in turn instead.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from inotify_simple import INotify

_BELIEVED: Final = 3
"""Changes that came without having been told, after which the telling is not relied on."""


class Watch:
    """The folders of all logs. Used by one thread."""

    def __init__(self) -> None:
        self._inotify = _inotify()
        self._watched: dict[Path, int] = {}
        self._missed = 0

    @property
    def descriptor(self) -> int | None:
        """What can be read when something changed; None where that isn't told."""
        return None if self._inotify is None else self._inotify.fileno()

    def over(self, logs: Iterable[Path]) -> None:
        """Watch the folders of these logs and of the files that they may be links to.

        To be called again now and then: a folder may be made, or be another by its name.
        """
        if self._inotify is None:
            return
        from inotify_simple import flags

        mask = flags.MODIFY | flags.CREATE | flags.MOVED_TO | flags.MOVED_FROM
        mask |= flags.DELETE | flags.ATTRIB | flags.ONLYDIR
        watched: dict[Path, int] = {}
        for folder in {each.parent for log in logs for each in (log, _resolved(log))}:
            try:
                watched[folder] = self._inotify.add_watch(folder, mask)
            except (FileNotFoundError, NotADirectoryError, PermissionError):
                continue
            except OSError:
                # No watches left: those that there are would only hide that others are not.
                self.close()
                return
        for number in set(self._watched.values()) - set(watched.values()):
            with contextlib.suppress(OSError):
                self._inotify.rm_watch(number)
        self._watched = watched

    def took_note(self) -> bool:
        """Pass over all changes told so far; whether there were any."""
        if self._inotify is None:
            return False
        return any(True for _ in self._inotify.read(timeout=0))

    def missed(self) -> None:
        """A change was come upon that was not told, as on a file system of another machine."""
        self._missed += 1
        if self._missed >= _BELIEVED:
            self.close()

    def close(self) -> None:
        if self._inotify is not None:
            self._inotify.close()
            self._inotify = None
            self._watched = {}


def _inotify() -> INotify | None:
    try:
        # Only here: a look at a log that is not followed needs none of it.
        from inotify_simple import INotify

        return INotify(nonblocking=True)
    except (ImportError, OSError, AttributeError):
        # Another system than Linux, or no more of them for this user.
        return None


def _resolved(path: Path) -> Path:
    return Path(os.path.realpath(path))
