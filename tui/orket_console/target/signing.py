"""How Gitea's deliveries are signed, as each version of Orket wants it, and with which secret."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

from orket_console.base.secret import Secret
from orket_console.target.identity import Generation
from orket_console.target.processes import environment, listeners
from orket_console.target.servers import WEBHOOK
from orket_console.target.target import Target

VARIABLE: Final = "GITEA_WEBHOOK_SECRET"
PREFIX: Final = "sha256="


@dataclass(frozen=True, slots=True)
class KnownSecret:
    """A webhook secret that the server may be using, and where it stands.

    `running` tells that it is what the running server was started with.
    """

    secret: Secret
    origin: str
    running: bool = False


def hmac_sha256(secret: Secret, body: bytes) -> str:
    """The HMAC-SHA256 of a body, in lower-case hex."""
    key = secret.reveal().encode("utf-8", "surrogateescape")
    return hmac.new(key, body, hashlib.sha256).hexdigest()


def signature(secret: Secret, body: bytes, generation: Generation) -> str:
    """`X-Gitea-Signature` as that version wants it: bare hex on the old one, else `sha256=`."""
    bare = hmac_sha256(secret, body)
    return bare if generation == "old" else PREFIX + bare


def known_secrets(target: Target) -> list[KnownSecret]:
    """The secrets that the webhook server may check with, the likeliest first.

    Sources: the environment of the process that listens on its port, where this user may read
    it; `.env`, which the new version loads itself; the console's own environment.
    """
    found: list[KnownSecret] = []
    owner = listeners(target.path).on(WEBHOOK.port(target))
    running = environment(owner.pid) if owner and owner.of_root else None
    if owner and running and running.get(VARIABLE):
        place = f"the environment of the running server, pid {owner.pid}"
        found.append(KnownSecret(running[VARIABLE], place, running=True))
    named = target.reread_env().values.get(VARIABLE)
    if named:
        found.append(KnownSecret(named, ".env"))
    if own := target.environment.get(VARIABLE):
        found.append(KnownSecret(Secret(own), "the console's own environment"))
    return found
