"""The API server can not be reached, or not be used."""

from __future__ import annotations

from tests.incidents.diagnosis.case import has, only_like
from tests.incidents.diagnosis.site import KEY, Site, always, api

from orket_console.base.state import State


@has("api-down", "nothing listens on its port")
def _(site: Site) -> None:
    site.stop("api")


@only_like("api-down", "it listens on another port than is asked")
def _(site: Site) -> None:
    site.own_server("api", ORKET_API_KEY=KEY)
    site.stop("api")


@only_like("api-down", "it runs, and answers with errors")
def _(site: Site) -> None:
    site.serve("api", always(500, {"detail": "boom"}))


@has("api-moved", "this root's server listens on another port")
def _(site: Site) -> None:
    site.own_server("api", ORKET_API_KEY=KEY)
    site.stop("api")


@only_like("api-moved", "nothing listens on any port")
def _(site: Site) -> None:
    site.stop("api")


@only_like("api-moved", "what listens on another port is the webhook server")
def _(site: Site) -> None:
    site.own_server("webhook")
    site.stop("api")


@has("api-hangs", "it takes the connection and says nothing")
def _(site: Site) -> None:
    site.hang("api")


@only_like("api-hangs", "nothing listens on its port")
def _(site: Site) -> None:
    site.stop("api")


@has("api-failing", "/health answers 500")
def _(site: Site) -> None:
    site.serve("api", always(500, {"detail": "boom"}))


@only_like("api-failing", "another program answers there")
def _(site: Site) -> None:
    site.serve("api", always(200, {"hello": "world"}))


@has("api-port-taken", "another program answers there")
def _(site: Site) -> None:
    site.serve("api", always(200, {"hello": "world"}))


@has("api-port-taken", "its last words say so")
def _(site: Site) -> None:
    site.stop("api")
    site.say(
        "api_server", where="server", message="[Errno 98] Address already in use", level="error"
    )


@only_like("api-port-taken", "it said so once, and runs now")
def _(site: Site) -> None:
    site.say(
        "api_server", where="server", message="[Errno 98] Address already in use", level="error"
    )


@only_like("api-port-taken", "it said so once, was seen to run since, and ended")
def _(site: Site) -> None:
    site.stop("api")
    site.say(
        "api_server", where="server", message="[Errno 98] Address already in use", level="error"
    )
    site.was_ok("api")


@has("api-no-key", "a key is set nowhere")
def _(site: Site) -> None:
    del site.env["ORKET_API_KEY"]
    site.serve("api", api(""))


@only_like("api-no-key", "the key is exported, not in .env")
def _(site: Site) -> None:
    site.environment["ORKET_API_KEY"] = site.env.pop("ORKET_API_KEY")


@has("api-key-stale", "the server has another key than .env by now")
def _(site: Site) -> None:
    site.own_server("api", ORKET_API_KEY="k-old")


@only_like("api-key-stale", ".env was written again, with the same key")
def _(site: Site) -> None:
    site.own_server("api", ORKET_API_KEY=KEY)


@has("api-key-refused", "a server whose environment is not in sight has another key")
def _(site: Site) -> None:
    site.serve("api", api("k-other"))


@only_like("api-key-refused", "it has the key that .env had when it was started")
def _(site: Site) -> None:
    site.own_server("api", ORKET_API_KEY="k-old")


@has("api-bypass-open", "/v1 answers without a key")
def _(site: Site) -> None:
    del site.env["ORKET_API_KEY"]
    site.env["ORKET_ALLOW_INSECURE_NO_API_KEY"] = "true"
    site.serve("api", api(None))


@only_like("api-bypass-open", "the bypass is set, and does nothing")
def _(site: Site) -> None:
    site.renew()
    site.env["ORKET_ALLOW_INSECURE_NO_API_KEY"] = "true"


@has("api-bypass-inert", "the bypass is set, and does nothing")
def _(site: Site) -> None:
    site.env["ORKET_ALLOW_INSECURE_NO_API_KEY"] = "1"


@only_like("api-bypass-inert", "it is in effect")
def _(site: Site) -> None:
    del site.env["ORKET_API_KEY"]
    site.env["ORKET_ALLOW_INSECURE_NO_API_KEY"] = "1"
    site.serve("api", api(None))


@only_like("api-bypass-inert", "it is set to false")
def _(site: Site) -> None:
    site.env["ORKET_ALLOW_INSECURE_NO_API_KEY"] = "false"


@has("api-exposed", "it listens on 0.0.0.0 and answers without a key")
def _(site: Site) -> None:
    site.say_of("exposure", State.FAILING, "exposed")


@only_like("api-exposed", "it answers without a key, on this host alone")
def _(site: Site) -> None:
    del site.env["ORKET_API_KEY"]
    site.serve("api", api(None))


@has("env-changed", "a server was started with another GITEA_URL")
def _(site: Site) -> None:
    site.own_server("webhook", GITEA_URL="http://127.0.0.1:1")


@only_like("env-changed", "a server was started with what .env says")
def _(site: Site) -> None:
    site.own_server("webhook", GITEA_WEBHOOK_SECRET=site.env["GITEA_WEBHOOK_SECRET"])


@has("env-incomplete", "no password for Gitea")
def _(site: Site) -> None:
    del site.env["GITEA_ADMIN_PASSWORD"]


@only_like("env-incomplete", "the password is exported, not in .env")
def _(site: Site) -> None:
    site.environment["GITEA_ADMIN_PASSWORD"] = site.env.pop("GITEA_ADMIN_PASSWORD")


@only_like("env-incomplete", "there is no .env, and all is exported")
def _(site: Site) -> None:
    site.say_of("env", State.INFO, "missing")


@has("env-odd", "a value in quotes")
def _(site: Site) -> None:
    site.env["ORKET_HOST"] = '"127.0.0.1"'


@only_like("env-odd", "a value with an equals sign")
def _(site: Site) -> None:
    site.env["ORKET_HOST"] = "a=b"


@has("webhook-test-endpoint", "it is on in the running server")
def _(site: Site) -> None:
    site.own_server("webhook", ORKET_ENABLE_WEBHOOK_TEST_ENDPOINT="true")


@only_like("webhook-test-endpoint", "it is set to false")
def _(site: Site) -> None:
    site.own_server("webhook", ORKET_ENABLE_WEBHOOK_TEST_ENDPOINT="false")
