"""Who may use /v1: what the API says with the key and without."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from orket_console.base.state import State
from orket_console.health.look import Memory
from orket_console.health.reading import Reading

RoundOf = Callable[..., Awaitable[dict[str, Reading]]]
KEY = "k-canary-0001"


class Api:
    """An API server that checks the key, and remembers what it was asked for."""

    def __init__(self, key: str | None, reply: Callable[..., bytes]) -> None:
        self.key = key
        self.reply = reply
        self.version: object = {"version": "0.3.9-local", "api": "v1"}
        self.asked: list[str | None] = []

    def __call__(self, path: str, headers: dict[str, str]) -> bytes:
        given = headers.get("x-api-key")
        if path == "/health":
            assert given is None
            return self.reply(200, {"status": "ok", "organization": "Orket"})
        self.asked.append(given)
        if self.key is not None and given != self.key:
            return self.reply(403, {"detail": "Could not validate credentials"})
        return self.reply(200, self.version)


@pytest.fixture
async def asked(
    lived_root: Path,
    answering: Callable[..., Awaitable[int]],
    round_of: RoundOf,
) -> Callable[..., Awaitable[Reading]]:
    async def run(api: Api, memory: Memory | None = None) -> Reading:
        port = await answering(api)
        return (await round_of(lived_root, {"api.port": port}, memory))["api-key"]

    return run


async def test_the_key_is_accepted_and_its_absence_refused(
    asked: Callable[..., Awaitable[Reading]], reply: Callable[..., bytes]
) -> None:
    api = Api(KEY, reply)
    reading = await asked(api)
    assert (reading.state, reading.word) == (State.OK, "ok")
    assert "0.3.9-local" in reading.seen
    assert sorted(api.asked, key=str) == [None, KEY]


async def test_another_key_is_unauthorised(
    asked: Callable[..., Awaitable[Reading]], reply: Callable[..., bytes]
) -> None:
    reading = await asked(Api("another", reply))
    assert (reading.state, reading.word) == (State.FAILING, "unauthorised")
    assert "ORKET_API_KEY of .env" in reading.seen


async def test_an_open_api_is_said_to_be_open(
    asked: Callable[..., Awaitable[Reading]], reply: Callable[..., bytes]
) -> None:
    reading = await asked(Api(None, reply))
    assert (reading.state, reading.word) == (State.DEGRADED, "open")


async def test_no_key_known_here(
    asked: Callable[..., Awaitable[Reading]], reply: Callable[..., bytes], lived_root: Path
) -> None:
    (lived_root / ".env").write_text("ORKET_ALLOW_INSECURE_NO_API_KEY=1\n")
    reading = await asked(Api("set in the server", reply))
    assert (reading.state, reading.word) == (State.DEGRADED, "no key")
    assert "ORKET_ALLOW_INSECURE_NO_API_KEY is set but inert" in reading.seen
    assert (await asked(Api(None, reply))).word == "open"


async def test_an_inert_bypass_beside_a_key_is_mentioned(
    asked: Callable[..., Awaitable[Reading]], reply: Callable[..., bytes], lived_root: Path
) -> None:
    with (lived_root / ".env").open("a") as file:
        file.write("ORKET_ALLOW_INSECURE_NO_API_KEY=true\n")
    reading = await asked(Api(KEY, reply))
    assert reading.state is State.OK
    assert "ORKET_ALLOW_INSECURE_NO_API_KEY is set but inert" in reading.seen


async def test_an_answer_that_names_no_version_is_a_bad_body(
    asked: Callable[..., Awaitable[Reading]], reply: Callable[..., bytes]
) -> None:
    api = Api(KEY, reply)
    api.version = ["surprise"]
    reading = await asked(api)
    assert (reading.state, reading.word) == (State.FAILING, "bad body")


async def test_the_key_goes_to_no_other_program(
    lived_root: Path,
    answering: Callable[..., Awaitable[int]],
    reply: Callable[..., bytes],
    round_of: RoundOf,
) -> None:
    seen: list[dict[str, str]] = []

    def stranger(_path: str, headers: dict[str, str]) -> bytes:
        seen.append(headers)
        return reply(200, {"hello": "world"})

    await round_of(lived_root, {"api.port": await answering(stranger)})
    assert seen
    assert not any("x-api-key" in headers for headers in seen)


@pytest.fixture
def generation(lived_root: Path) -> Callable[[str], None]:
    def make(which: str) -> None:
        (lived_root / "scripts" / ("governance" if which == "new" else ".")).mkdir(parents=True)
        if which == "old":
            (lived_root / "scripts" / "run_migrations.py").touch()

    return make


@pytest.mark.parametrize(("which", "refusals"), [("new", 0), ("old", 2)])
async def test_the_new_version_is_not_made_to_log_a_refusal_that_is_certain(
    lived_root: Path,
    answering: Callable[..., Awaitable[int]],
    reply: Callable[..., bytes],
    round_of: RoundOf,
    generation: Callable[[str], None],
    which: str,
    refusals: int,
) -> None:
    generation(which)
    api, memory = Api(KEY, reply), Memory()
    flags = {"api.port": await answering(api)}
    for _ in range(2):
        reading = (await round_of(lived_root, flags, memory))["api-key"]
        assert reading.state is State.OK
    assert api.asked.count(None) == refusals
    assert api.asked.count(KEY) == 2
    assert ("not asked" in reading.details[1]) == (which == "new")


async def test_refusals_that_the_new_version_logs_are_not_asked_for_each_round(
    lived_root: Path,
    answering: Callable[..., Awaitable[int]],
    reply: Callable[..., bytes],
    round_of: RoundOf,
    generation: Callable[[str], None],
) -> None:
    generation("new")
    with (lived_root / ".env").open("a") as file:
        file.write("ORKET_ALLOW_INSECURE_NO_API_KEY=1\n")
    api, memory = Api(KEY, reply), Memory()
    wrong = Api("another", reply)
    flags = {"api.port": await answering(api)}
    for _ in range(3):
        assert (await round_of(lived_root, flags, memory))["api-key"].state is State.OK
    assert api.asked.count(None) == 1
    flags = {"api.port": await answering(wrong)}
    for _ in range(3):
        assert (await round_of(lived_root, flags, memory))["api-key"].word == "unauthorised"
    assert wrong.asked == [KEY]
