"""Starting, stopping and restarting the two servers, declared."""

from __future__ import annotations

from typing import Final

from orket_console.actions import server_needs, verdicts
from orket_console.actions.definition import Action, Effect
from orket_console.actions.parameters import Kind, Parameter
from orket_console.actions.preconditions import Precondition
from orket_console.target.servers import API, WEBHOOK, Server

_ENV_FILE: Final = Parameter(
    "env-file",
    Kind.FLAG,
    "--env-file",
    "the variables of .env as its environment, over the console's own",
    default="yes",
)
_RUNBOOK: Final = {
    API.name: "1, API unavailable: action 3",
    WEBHOOK.name: "2, webhook failures: check 1",
}
_ENDS: Final = {
    API.name: "ends its requests and the runs that work in it",
    WEBHOOK.name: "ends its requests; Gitea's deliveries meanwhile are lost",
}


def _actions_of(server: Server) -> tuple[Action, ...]:
    name, title = server.name, server.title
    return (
        Action(
            name=f"restart-{name}",
            title=f"Restart {title}",
            purpose=f"stops the {title} and starts it anew, ready when /health answers",
            runbook=_RUNBOOK[name],
            effect=Effect.STOPS_PROCESS,
            changes=f"{_ENDS[name]}; then it runs in a session of its own, its output kept in "
            "the console's state folder",
            verdict=verdicts.program,
            timeout=180,
            module="servers",
            arguments=("restart", name),
            parameters=(_ENV_FILE,),
            needs=(
                server_needs.port_allows("restart", server),
                *_to_start(server),
                *_ended(server),
            ),
            undo="nothing: what it ended was ended; restart it with another environment",
        ),
        Action(
            name=f"start-{name}",
            title=f"Start {title}",
            purpose=f"starts the {title}, ready when /health answers",
            runbook=_RUNBOOK[name],
            effect=Effect.STARTS_PROCESS,
            changes="runs it in a session of its own, its output kept in the state folder",
            verdict=verdicts.program,
            timeout=120,
            module="servers",
            arguments=("start", name),
            parameters=(_ENV_FILE,),
            needs=(server_needs.port_allows("start", server), *_to_start(server)),
            undo=f"stop-{name}",
        ),
        Action(
            name=f"stop-{name}",
            title=f"Stop {title}",
            purpose=f"ends the {title} and all that it started: TERM, a grace, KILL",
            runbook=_RUNBOOK[name],
            effect=Effect.STOPS_PROCESS,
            changes=_ENDS[name],
            verdict=verdicts.program,
            timeout=60,
            module="servers",
            arguments=("stop", name),
            needs=(server_needs.port_allows("stop", server), *_ended(server)),
            undo=f"start-{name}",
        ),
    )


def _to_start(server: Server) -> tuple[Precondition, ...]:
    return (
        server_needs.server_exists(server),
        server_needs.has_interpreter,
        server_needs.env_file_readable,
        server_needs.secrets_known(server),
    )


def _ended(server: Server) -> tuple[Precondition, ...]:
    return (server_needs.runs_go_on,) if server is API else ()


SERVER_ACTIONS: Final = (*_actions_of(API), *_actions_of(WEBHOOK))
