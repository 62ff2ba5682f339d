"""What a single probe tells by its state word: .env, who can reach the servers, clocks, crashes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from orket_console.base.state import worst
from orket_console.incidents.diagnosis.facts import Facts
from orket_console.incidents.diagnosis.finding import RED, FailureClass, Step
from orket_console.incidents.diagnosis.rule import Case, Rule
from orket_console.incidents.diagnosis.rules import seen


def _told_by(
    probes: tuple[str, ...], words: dict[str, str], *steps: Step
) -> Callable[[Facts], Iterator[Case]]:
    """A rule that concludes, from a red probe's state word, the sentence of that word. Of a probe
    that is not red the same word may say that nothing is wrong."""

    def look(facts: Facts) -> Iterator[Case]:
        said = [one for one in facts.readings if one.probe in probes and one.word in words]
        red = [one for one in said if one.state in RED]
        if red:
            yield Case(
                words[red[0].word],
                tuple(seen.reading(one) for one in red),
                steps,
                state=worst(one.state for one in red),
                subjects=tuple(one.probe for one in red),
                essence=(red[0].word,),
            )

    return look


_RESTART: Final = Step("restart that server, so that it runs with what .env says")
POSTURE_RULES: Final = (
    Rule(
        "env-changed",
        ".env was changed, a server not restarted",
        FailureClass.API,
        ".env against the running servers' environments, by hash, and their times",
        "the server got that variable from elsewhere on purpose",
        _told_by(
            ("env",),
            {"changed": "A server runs with another environment than .env has now."},
            Step("see in the probe .env which variable it is, and of which process"),
            _RESTART,
        ),
        under=("api-key-stale", "webhook-secret-mismatch"),
        probes=("env",),
    ),
    Rule(
        "env-incomplete",
        ".env lacks what the servers need",
        FailureClass.API,
        ".env and the environments that may be read",
        "the servers get it from where this user can't see it",
        _told_by(
            ("env",),
            {
                "incomplete": "A variable that the servers need is set nowhere in sight.",
                "missing": "There is no .env, and ORKET_API_KEY is set nowhere in sight.",
                "unreadable": ".env can't be read.",
            },
            Step("add it to .env, export it for the webhook server, and restart"),
        ),
        under=("api-no-key", "webhook-secret-missing"),
        probes=("env",),
    ),
    Rule(
        "env-odd",
        ".env is written in a way that Orket reads otherwise",
        FailureClass.API,
        ".env as this version of Orket parses it",
        "the servers accept the values as they are",
        _told_by(
            ("env",),
            {"warnings": ".env has lines that Orket reads otherwise than they look."},
            Step("edit .env: the probe names each line, and what Orket makes of it"),
        ),
        probes=("env",),
    ),
    Rule(
        "api-exposed",
        "Anybody on the network can use the API",
        FailureClass.API,
        "the addresses that the API listens on, and what it answers without a key",
        "a firewall keeps strangers from that port",
        _told_by(
            ("exposure",),
            {"exposed": "The API answers everybody on the network without a key."},
            Step("set ORKET_API_KEY and restart; until then let ORKET_HOST be 127.0.0.1"),
        ),
        under=("api-bypass-open",),
        probes=("exposure",),
    ),
    Rule(
        "webhook-test-endpoint",
        "The webhook server's test endpoint is on",
        FailureClass.WEBHOOK,
        "the webhook server's environment",
        "POST /webhook/test answers 403",
        _told_by(
            ("exposure",),
            {"test endpoint": "The webhook server takes test deliveries, which are not signed."},
            Step("take ORKET_ENABLE_WEBHOOK_TEST_ENDPOINT away, restart the webhook server"),
        ),
        probes=("exposure",),
    ),
    Rule(
        "webhook-takes-unsigned",
        "The webhook server takes unsigned deliveries",
        FailureClass.WEBHOOK,
        "an unsigned delivery, sent when it is asked for",
        "an unsigned POST to /webhook/gitea is answered 401",
        _told_by(
            ("signature",),
            {"open": "The webhook server took a delivery that was not signed."},
            Step("stop it: anybody can send it deliveries; see which server this is"),
        ),
        probes=("signature",),
    ),
    Rule(
        "clock-off",
        "The clock is off",
        FailureClass.HOST,
        "the newest record of the logs against this host's clock",
        "the log was brought here from a host whose clock is right",
        _told_by(
            ("log-default", "log-root"),
            {"clock": "Records of the log are dated later than this host's clock says it is."},
            Step("set the clocks of both hosts: timedatectl; signatures and ages go by them"),
        ),
        probes=("log-default", "log-root"),
    ),
    Rule(
        "crash-log",
        "A process of Orket crashed",
        FailureClass.HOST,
        "orket_crash.log, and when it was last written",
        "it was written by the test suite",
        _told_by(
            ("log-others",),
            {"crash": "Orket wrote into its crash log within the last day."},
            Step("read workspace/default/orket_crash.log: it has the traceback"),
        ),
        probes=("log-others",),
    ),
)
