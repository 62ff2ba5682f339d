"""The account that a server runs under: that of the server before it, never silently root's."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

import psutil

from orket_console.actions.listening import Port
from orket_console.base.errors import ConsoleError


@dataclass(frozen=True, slots=True)
class Account:
    """An account of this host, as a process is started under it."""

    uid: int
    gid: int
    groups: tuple[int, ...]
    variables: dict[str, str]
    name: str


def account_for(root: Path, before: Port) -> Account | None:
    """Whose process the server is to be, if not this one's own.

    Root starts it as the user whom the server ran as before, else as the owner of the
    installation: as root it would leave files that the next one can't write. Raises
    `ConsoleError` where that can't be told.
    """
    if os.geteuid() != 0:
        return None
    try:
        uid = before.own[0].uids().effective if before.own else root.stat().st_uid
    except (psutil.Error, OSError) as error:
        raise ConsoleError(f"whose server it is can't be told: {error}") from error
    return None if uid == 0 else account(uid)


def account(uid: int) -> Account:
    """The account of a user. Raises `ConsoleError` for one that the host does not know."""
    try:
        entry = pwd.getpwuid(uid)
    except KeyError as error:
        raise ConsoleError(
            f"the server belongs to user {uid}, whom this host does not know",
            remedy="start it as that user by hand",
        ) from error
    name = entry.pw_name
    return Account(
        uid=uid,
        gid=entry.pw_gid,
        groups=tuple(os.getgrouplist(name, entry.pw_gid)),
        variables={"HOME": entry.pw_dir, "USER": name, "LOGNAME": name},
        name=name,
    )
