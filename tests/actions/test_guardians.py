"""Who would start a server again, by what its process shows."""

from __future__ import annotations

import os

import psutil
import pytest

from orket_console.actions.guardians import Seen, _group, guardian, guardian_of

INIT = (1, ["/sbin/init"])
UNIT = "/system.slice/orket-api.service"
MARKED = {"INVOCATION_ID": "0f"}


def seen(
    environment: dict[str, str] | None = None, group: str = "", *ancestors: tuple[int, list[str]]
) -> Seen:
    return Seen(4127, environment or {}, group, ancestors or (INIT,))


@pytest.mark.parametrize(
    ("process", "command"),
    [
        (seen(MARKED, UNIT), "systemctl restart orket-api.service"),
        (seen({**MARKED, "SYSTEMD_EXEC_PID": "4127"}, UNIT), "systemctl restart orket-api.service"),
        (
            seen({**MARKED, "SYSTEMD_EXEC_PID": "40"}, UNIT, (40, ["/bin/sh", "run"]), INIT),
            "systemctl restart orket-api.service",
        ),
        (
            seen(
                MARKED,
                "/user.slice/user-1000.slice/user@1000.service/app.slice/orket.service",
                (900, ["/lib/systemd/systemd", "--user"]),
                INIT,
            ),
            "systemctl --user restart orket.service",
        ),
        (
            seen(
                {"SUPERVISOR_GROUP_NAME": "orket", "SUPERVISOR_PROCESS_NAME": "api"},
                "",
                (30, ["/usr/bin/python3", "/usr/bin/supervisord", "-n"]),
                INIT,
            ),
            "supervisorctl restart orket:api",
        ),
        (
            seen({"SUPERVISOR_PROCESS_NAME": "api"}, "", (30, ["supervisord"])),
            "supervisorctl restart api",
        ),
        (seen({}, "", (30, ["runsv", "orket"])), "sv restart orket"),
        (seen({"pm_id": "3"}, "", (30, ["PM2 v5.3.0: God Daemon (/root/.pm2)"])), "pm2 restart 3"),
        (Seen(1, {}, "", ()), "docker restart CONTAINER"),
    ],
)
def test_one_that_would_be_started_again_has_a_guardian(process: Seen, command: str) -> None:
    found = guardian_of(process)
    assert found is not None
    assert found.command("restart") == command


@pytest.mark.parametrize(
    "process",
    [
        seen(),
        seen({}, "/user.slice/user-1000.slice/session-3.scope"),
        seen(MARKED, "/user.slice/user-1000.slice/user@1000.service/app.slice/vte-1.scope"),
        seen({}, "/system.slice/ssh.service"),
        seen({**MARKED, "SYSTEMD_EXEC_PID": "77"}, "/system.slice/cron.service"),
        seen(MARKED, UNIT, (50, ["-bash"]), INIT),
        seen({"SUPERVISOR_PROCESS_NAME": "api"}, "", (50, ["vi", "supervisord.conf"])),
    ],
    ids=["nothing", "ssh", "desktop", "sshd", "cron", "shell", "editor"],
)
def test_one_that_somebody_started_by_hand_has_none(process: Seen) -> None:
    assert guardian_of(process) is None


def test_this_process_can_be_looked_at() -> None:
    assert _group(os.getpid())[:1] in ("", "/")
    assert _group(2**22 + 1) == ""
    assert guardian(psutil.Process()) is None or os.environ.get("INVOCATION_ID")
