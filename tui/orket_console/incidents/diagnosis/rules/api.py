"""Runbook class 1: the API server can't be reached, or not be used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from orket_console.base.state import State
from orket_console.health.reading import Reading
from orket_console.incidents.diagnosis.facts import Facts, Moment
from orket_console.incidents.diagnosis.finding import Confidence, FailureClass, Step
from orket_console.incidents.diagnosis.rule import Case, Rule
from orket_console.incidents.diagnosis.rules import seen

_TAKEN: Final = re.compile(r"address already in use|errno 98\b|port .*in use", re.IGNORECASE)
_ANSWERS: Final = {
    "refused": "its port refuses connections",
    "unreachable": "its address can't be reached",
    "no answer": "its port closes without an answer",
}
_OTHER: Final = "other root"
_FOREIGN: Final = {
    "wrong service": "what answers there is not Orket's API",
    "TLS": "what answers there speaks TLS",
    "unauthorised": "what answers there asks for a password, as a proxy does",
    _OTHER: "the server of another installation answers there",
}
_MOVE: Final = Step("stop that program, or move one of the two (ORKET_PORT), and start the API")
_OWN_PORT: Final = Step("name this installation's own port: --api-port; or move one (ORKET_PORT)")
_START: Final = seen.action("start-api", "start it in the root: python server.py")
_REFUSED: Final = seen.in_log("event:api_auth_rejected", "see which requests were refused")
_ITS_LOG: Final = seen.in_log("event:api*", "read what it logged last")


def _by_hand(reading: Reading) -> Step:
    """Its probe's title names the port: `API :8082`."""
    port = reading.title.partition(":")[2]
    return Step(f"ask it by hand: curl http://localhost{port and ':'}{port}/health")


def _last_words(facts: Facts) -> Moment | None:
    """The newest line in which a server says that its port is taken.

    None that was written before the API was seen to answer: it ended for another reason then.
    """
    ok = facts.last_ok.get("api")
    found = [
        moment
        for moment in facts.log.moments
        if _TAKEN.search(moment.words) and not (ok and moment.last_at and moment.last_at < ok)
    ]
    return max(found, key=lambda one: (one.last_at is not None, one.last_at), default=None)


def _api_down(facts: Facts) -> Iterator[Case]:
    reading = facts.reading("api")
    if reading is None or reading.word not in _ANSWERS or "of this root does on" in reading.seen:
        return
    words = _last_words(facts)
    said = f"; its last words: “{words.words}”" if words else ""
    yield Case(
        f"The API server is not running: {_ANSWERS[reading.word]}{said}.",
        (seen.reading(reading), *(seen.line(words) if words else ())),
        (_START, _by_hand(reading), _ITS_LOG),
        since=words.last_at if words else None,
        subjects=("api",),
        essence=(reading.word, words.words if words else ""),
    )


def _api_moved(facts: Facts) -> Iterator[Case]:
    reading = facts.reading("api")
    if reading is None or reading.word != "refused" or "of this root does on" not in reading.seen:
        return
    yield Case(
        "The API server runs, but on another port than the console asks.",
        (seen.reading(reading),),
        (Step("look at that port: --api-port, or api.port in orket-console.toml"),),
        state=State.DEGRADED,
        subjects=("api",),
        essence=("another port",),
    )


def _port_taken(facts: Facts) -> Iterator[Case]:
    reading = facts.reading("api")
    if reading is None:
        return
    if reading.word in _FOREIGN:
        yield Case(
            f"Another program has the API's port: {_FOREIGN[reading.word]}.",
            (seen.reading(reading),),
            (
                Step("find whose port it is: the probe names the process where it may be seen"),
                _OWN_PORT if reading.word == _OTHER else _MOVE,
            ),
            subjects=("api",),
            essence=(reading.word,),
        )
    elif reading.word in _ANSWERS and (words := _last_words(facts)):
        yield Case(
            "The API server could not start: another program had its port then.",
            (seen.reading(reading), *seen.line(words)),
            (_START, Step("if it fails again, see who has the port: ss -ltnp")),
            confidence=Confidence.LIKELY,
            since=words.first_at,
            last=words.last_at,
            count=words.count,
            subjects=("api",),
            essence=(words.words,),
            wrong_if="the API server ran since that line, unseen: then it ended for another reason",
        )


def _api_hangs(facts: Facts) -> Iterator[Case]:
    reading = facts.reading("api")
    if reading is not None and reading.word == "timeout":
        yield Case(
            "The API server takes the connection and does not answer in time.",
            (seen.reading(reading),),
            (Step("read its log before you restart it: a restart takes the proof away"), _ITS_LOG),
            confidence=Confidence.LIKELY,
            subjects=("api",),
            essence=("timeout",),
            late=True,
        )


def _api_fails(facts: Facts) -> Iterator[Case]:
    reading = facts.reading("api")
    if reading is None or not reading.word.startswith(("error ", "bad body")):
        return
    yield Case(
        f"The API server runs and is not well: /health answers “{reading.word}”.",
        (seen.reading(reading),),
        (_ITS_LOG, seen.action("restart-api", "restart it once the cause is known")),
        subjects=("api",),
        essence=(reading.word.partition(" ")[0],),
    )


def _no_key(facts: Facts) -> Iterator[Case]:
    reading = facts.reading("api-key")
    if reading is None or reading.word != "no key":
        return
    yield Case(
        "The API runs without a key: ORKET_API_KEY is set nowhere, so every /v1 request gets 403.",
        (seen.reading(reading), seen.probe("env", ".env and the environment have no value of it")),
        (
            seen.action(
                "restart-api",
                "set ORKET_API_KEY in .env (or export it), and restart the API server",
            ),
            # The old version refuses without a word.
            *(() if facts.generation == "old" else (_REFUSED,)),
        ),
        state=State.FAILING,
        subjects=("api-key", "env"),
        essence=("no key",),
    )


def _key_stale(facts: Facts) -> Iterator[Case]:
    changed = ("ORKET_API_KEY", "api") in facts.posture.stale
    rewritten = "api" in facts.posture.rewritten
    refused = facts.word("api-key") == "unauthorised"
    if not changed and not (rewritten and refused):
        return
    proof = [seen.probe("env", "ORKET_API_KEY of .env is another than the server's, by hash")]
    if not changed:
        proof = [seen.probe("env", ".env was written after the server started")]
    if refused:
        proof.append(seen.probe("api-key", "the server refuses the key of .env"))
    yield Case(
        "ORKET_API_KEY was changed in .env, but the API server still runs with the old one.",
        tuple(proof),
        (seen.action("restart-api", "restart the API server, so that it runs with .env's key"),),
        confidence=Confidence.CERTAIN if changed else Confidence.LIKELY,
        state=State.FAILING if refused else State.DEGRADED,
        subjects=("api-key", "env"),
        essence=("ORKET_API_KEY", "changed"),
    )


def _key_refused(facts: Facts) -> Iterator[Case]:
    if facts.word("api-key") != "unauthorised":
        return
    if ("ORKET_API_KEY", "api") in facts.posture.stale or "api" in facts.posture.rewritten:
        return
    yield Case(
        "The API server refuses the key that .env or this environment has.",
        (seen.probe("api-key", "403 with the key"),),
        (
            Step("the old version's servers do not read .env: export the key where they start"),
            Step("else see with which environment the server was started, and restart it"),
        ),
        confidence=Confidence.LIKELY,
        subjects=("api-key",),
        essence=("unauthorised",),
    )


def _bypass_open(facts: Facts) -> Iterator[Case]:
    reading = facts.reading("api-key")
    if reading is None or reading.word != "open":
        return
    yield Case(
        "The API answers without a key: the insecure bypass is in effect.",
        (seen.reading(reading),),
        (
            Step("set ORKET_API_KEY, take ORKET_ALLOW_INSECURE_NO_API_KEY away, restart"),
            Step("until then see that nobody else reaches its port: it binds 0.0.0.0 on 0.3"),
        ),
        state=State.DEGRADED,
        subjects=("api-key",),
        essence=("open",),
    )


def _bypass_inert(facts: Facts) -> Iterator[Case]:
    if not facts.posture.bypass or facts.word("api-key") == "open":
        return
    key = "with a key set it does nothing"
    if not facts.posture.api_key:
        key = "this version ignores it, though its log says bypassed"
    yield Case(
        f"ORKET_ALLOW_INSECURE_NO_API_KEY is set and inert: {key}.",
        (seen.probe("env", "ORKET_ALLOW_INSECURE_NO_API_KEY is set"),),
        (Step("take it away: it opens /v1 the day that the key is missing"),),
        state=State.INFO,
        confidence=Confidence.CERTAIN if facts.word("api-key") else Confidence.LIKELY,
        subjects=("bypass",),
        essence=("inert",),
    )


API_RULES: Final = (
    Rule(
        "api-port-taken",
        "The API's port was taken",
        FailureClass.API,
        "the probe of the API's port, and “address already in use” in the logs",
        "the process on that port is this installation's own server.py",
        _port_taken,
        probes=("api", "api-key"),
    ),
    Rule(
        "api-down",
        "The API server is not running",
        FailureClass.API,
        "the probe of the API's port, and the servers' last words in the logs",
        "a process of this root listens on another ORKET_PORT",
        _api_down,
        under=("api-port-taken",),
        probes=("api", "api-key"),
    ),
    Rule(
        "api-moved",
        "The API server listens on another port",
        FailureClass.API,
        "the sockets of this installation's processes",
        "that process is not the one that is meant to serve",
        _api_moved,
        probes=("api", "api-key"),
    ),
    Rule(
        "api-hangs",
        "The API server does not answer in time",
        FailureClass.API,
        "the probe of the API's port",
        "the next rounds are answered: then the host was busy",
        _api_hangs,
        under=("disk-full",),
        probes=("api", "api-key"),
    ),
    Rule(
        "api-failing",
        "The API server answers with errors",
        FailureClass.API,
        "what /health of the API answers",
        "the next rounds are answered as they should",
        _api_fails,
        under=("disk-full", "db-missing", "db-corrupt", "db-unreadable"),
        probes=("api", "api-key"),
    ),
    Rule(
        "api-no-key",
        "The API runs without a key",
        FailureClass.API,
        "GET /v1/version without a key, .env, and the environments that may be read",
        "the server gets ORKET_API_KEY from where this user can't see it",
        _no_key,
        probes=("api-key", "env"),
    ),
    Rule(
        "api-key-stale",
        "The key was changed, the server not restarted",
        FailureClass.API,
        ".env against the running server's environment, by hash, and their times",
        "a client that uses the key of .env gets 200 from /v1/version",
        _key_stale,
        probes=("api-key", "env"),
    ),
    Rule(
        "api-key-refused",
        "The server has another key than is known here",
        FailureClass.API,
        "GET /v1/version with the key of .env or of this environment",
        "the same key is accepted when asked by hand",
        _key_refused,
        under=("api-key-stale",),
        probes=("api-key",),
    ),
    Rule(
        "api-bypass-open",
        "The API is open to everybody",
        FailureClass.API,
        "GET /v1/version without a key",
        "it answers 403 without a key when asked by hand",
        _bypass_open,
        probes=("api-key",),
    ),
    Rule(
        "api-bypass-inert",
        "The insecure bypass is set, and does nothing",
        FailureClass.API,
        ".env and the server's environment, and what /v1 answers without a key",
        "/v1/version answers 200 without a key",
        _bypass_inert,
    ),
)
