"""Root starts a server as the user it belongs to."""

from __future__ import annotations

import os
import pwd
import subprocess
from pathlib import Path

import psutil
import pytest

from orket_console.actions.listening import Port
from orket_console.actions.programs.account import account, account_for
from orket_console.base.errors import ConsoleError

NOBODY = pwd.getpwnam("nobody")


def test_others_than_root_start_it_as_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert account_for(tmp_path, Port(8082)) is None


def test_a_user_whom_the_host_does_not_know_is_told() -> None:
    with pytest.raises(ConsoleError, match="user 3999999999, whom this host does not know"):
        account(3_999_999_999)


def test_an_account_has_its_groups_and_its_home() -> None:
    found = account(NOBODY.pw_uid)
    assert (found.name, found.gid) == ("nobody", NOBODY.pw_gid)
    assert found.variables["HOME"] == NOBODY.pw_dir
    assert NOBODY.pw_gid in found.groups


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts a process as another user")
def test_root_starts_it_as_whom_it_ran_or_whose_the_installation_is(tmp_path: Path) -> None:
    assert account_for(tmp_path, Port(8082)) is None
    with subprocess.Popen(
        ["/bin/cat"], stdin=subprocess.PIPE, cwd="/", user=NOBODY.pw_uid
    ) as process:
        ran = Port(8082, own=(psutil.Process(process.pid),))
        found = account_for(tmp_path, ran)
        process.communicate()
    assert found is not None
    assert found.name == "nobody"
    os.chown(tmp_path, NOBODY.pw_uid, NOBODY.pw_gid)
    assert account_for(tmp_path, Port(8082)) == found
