"""A real sshd on loopback for this user alone, and the client to it."""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

LIMIT = 30.0
_CONFIGURATION = """\
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
"""


@dataclass(frozen=True)
class Sshd:
    """Listens on `port`; its keys are in `folder`."""

    folder: Path
    port: int

    def argv(self, command: Sequence[str], environment: Mapping[str, str], here: Path) -> list[str]:
        """The client that runs a command there, on a terminal of its own."""
        given = [f"{name}={value}" for name, value in environment.items()]
        line = f"cd {shlex.quote(str(here))} && exec {shlex.join(['env', *given, *command])}"
        options = {
            "Port": str(self.port),
            "IdentityFile": f"{self.folder}/user",
            "IdentitiesOnly": "yes",
            "UserKnownHostsFile": f"{self.folder}/known",
            "StrictHostKeyChecking": "accept-new",
            "BatchMode": "yes",
            "LogLevel": "ERROR",
        }
        chosen = [word for item in options.items() for word in ("-o", "=".join(item))]
        return [_program("ssh"), "-F", "none", "-tt", *chosen, "127.0.0.1", line]


@contextmanager
def sshd_for(folder: Path) -> Iterator[Sshd]:
    """Skips the test, with the reason, where there is no sshd that this user can log in to."""
    keygen = _program("ssh-keygen")
    for name in ("host", "user"):
        subprocess.run(
            [keygen, "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True
        )
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    configuration = folder / "sshd_config"
    configuration.write_text(_CONFIGURATION.format(port=port, folder=folder))
    argv = [_program("sshd"), "-f", str(configuration)]
    tested = subprocess.run([*argv, "-t"], capture_output=True, text=True, check=False)
    if tested.returncode:
        pytest.skip(f"sshd can't be run here: {tested.stderr.strip()}")
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([*argv, "-D", "-e"], stderr=log)
    try:
        found = Sshd(folder, port)
        _await_login(found, server)
        yield found
    finally:
        server.terminate()
        server.wait()


def _await_login(server: Sshd, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + LIMIT
    while True:
        done = subprocess.run(
            server.argv(["true"], {}, server.folder),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0:
            return
        if "refused" not in done.stderr or process.poll() is not None or time.monotonic() > end:
            log = (server.folder / "log").read_text()
            pytest.skip(f"no login by ssh on this machine: {done.stderr.strip()} {log.strip()}")
        time.sleep(0.05)


def _program(name: str) -> str:
    # sshd is to be started by its whole path, and lies where only root looks.
    places = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
    found = shutil.which(name, path=places)
    if found is None:
        pytest.skip(f"no {name} on this machine (openssh-server and its client have it)")
    return found
