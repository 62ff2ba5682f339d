"""Webhooks do not arrive, are refused, or get stuck; and what only looks like an attack."""

from __future__ import annotations

from datetime import timedelta

from tests.incidents.diagnosis.case import has, only_like
from tests.incidents.diagnosis.site import KEY, WEBHOOK_HEALTH, Site, always


@has("webhook-down", "nothing listens on its port")
def _(site: Site) -> None:
    site.stop("webhook")


@only_like("webhook-down", "webhooks were never set up here")
def _(site: Site) -> None:
    site.stop("webhook")
    site.env = {"ORKET_API_KEY": KEY}
    site.webhook.unlink()
    (site.root / "orket.log").write_text("")


@has("webhook-port-taken", "another program answers there")
def _(site: Site) -> None:
    site.serve("webhook", always(200, {"hello": "world"}))


@only_like("webhook-port-taken", "it is the webhook server, and not well")
def _(site: Site) -> None:
    site.serve("webhook", always(500, {"detail": "boom"}))


@has("webhook-takes-unsigned", "an unsigned delivery is answered 200")
def _(site: Site) -> None:
    site.asked.add("signature")


@only_like("webhook-takes-unsigned", "an unsigned delivery is answered 401")
def _(site: Site) -> None:
    site.asked.add("signature")
    site.serve("webhook", lambda path, _: (200, WEBHOOK_HEALTH) if path == "/health" else (401, {}))


@only_like("webhook-takes-unsigned", "nobody asked")
def _(site: Site) -> None:
    assert not site.asked


@has("webhook-secret-missing", "the server says that it has none")
def _(site: Site) -> None:
    for _ in range(2):
        site.refuse("GITEA_WEBHOOK_SECRET not set. Authentication disabled.")
        site.refuse("Invalid webhook signature", wait=0)


@has("webhook-secret-missing", "no secret anywhere, and the server does not run")
def _(site: Site) -> None:
    site.stop("webhook")
    del site.env["GITEA_WEBHOOK_SECRET"]


@only_like("webhook-secret-missing", "the secret is exported, not in .env, and the server is down")
def _(site: Site) -> None:
    site.stop("webhook")
    site.environment["GITEA_WEBHOOK_SECRET"] = site.env.pop("GITEA_WEBHOOK_SECRET")


@only_like("webhook-secret-missing", "it had none once, and accepts deliveries since")
def _(site: Site) -> None:
    site.refuse("GITEA_WEBHOOK_SECRET not set. Authentication disabled.")
    site.refuse("Invalid webhook signature", wait=0)
    site.receive()


@has("webhook-secret-mismatch", "nothing but invalid signatures since the last accepted one")
def _(site: Site) -> None:
    for _ in range(5):
        site.refuse("Invalid webhook signature")


@has("webhook-secret-mismatch", ".env has another secret than the running server")
def _(site: Site) -> None:
    site.own_server("webhook", GITEA_WEBHOOK_SECRET="s-old")
    for _ in range(3):
        site.refuse("Invalid webhook signature")


@only_like("webhook-secret-mismatch", "invalid signatures, and an accepted one behind them")
def _(site: Site) -> None:
    for _ in range(5):
        site.refuse("Invalid webhook signature")
    site.receive()


@only_like("webhook-secret-mismatch", "one invalid signature")
def _(site: Site) -> None:
    site.refuse("Invalid webhook signature")


@only_like("webhook-secret-mismatch", "a new version that never accepted one: the form is wrong")
def _(site: Site) -> None:
    site.renew()
    (site.root / "orket.log").write_text("")
    for _ in range(5):
        site.refuse("Invalid webhook signature")


@has("webhook-signature-form", "a new version that never accepted one")
def _(site: Site) -> None:
    site.renew()
    (site.root / "orket.log").write_text("")
    for _ in range(5):
        site.refuse("Invalid webhook signature")


@only_like("webhook-signature-form", "a new version that accepted some before")
def _(site: Site) -> None:
    site.renew()
    for _ in range(5):
        site.refuse("Invalid webhook signature")


@has("webhook-signature-missing", "delivery after delivery without one")
def _(site: Site) -> None:
    for _ in range(4):
        site.refuse("Missing webhook signature", wait=3)


@only_like("webhook-signature-missing", "the canary ran four times")
def _(site: Site) -> None:
    for _ in range(4):
        site.refuse("Missing webhook signature", wait=120)


@only_like("webhook-signature-missing", "a few, and an accepted one behind them")
def _(site: Site) -> None:
    for _ in range(4):
        site.refuse("Missing webhook signature", wait=3)
    site.receive()


@has("gitea-unreachable", "a cycle past its last is still active")
def _(site: Site) -> None:
    for cycle in range(1, 6):
        site.deliver_review(7, cycle=cycle)
        rows = f"UPDATE review_failures SET id = id WHERE cycle_number = {cycle};"
        site.execute(site.webhook, rows)


@has("gitea-unreachable", "an approved review was never merged")
def _(site: Site) -> None:
    site.deliver_review(9, state="approved")


@has("gitea-unreachable", "Gitea's port is closed")
def _(site: Site) -> None:
    site.stop("gitea")


@only_like("gitea-unreachable", "Gitea answered: the merge conflicts")
def _(site: Site) -> None:
    site.deliver_review(9, state="approved")
    site.say("pr_merge_failed", where="server", pr=9, status=409, error="conflict")


@only_like("gitea-unreachable", "the cycle past its last was rejected")
def _(site: Site) -> None:
    site.deliver_review(7, cycle=5)
    site.say("pr_rejected", where="server", repo="acme/shop", pr=7)
    site.execute(site.webhook, "UPDATE pr_review_cycles SET status = 'rejected'")


@has("webhook-rate-limit", "sixty deliveries in half a minute")
def _(site: Site) -> None:
    for _ in range(60):
        site.receive(wait=0.5)


@only_like("webhook-rate-limit", "sixty deliveries in two minutes")
def _(site: Site) -> None:
    for _ in range(60):
        site.receive(wait=2)


@only_like("webhook-rate-limit", "sixty in half a minute, where a hundred are allowed")
def _(site: Site) -> None:
    site.env["ORKET_RATE_LIMIT"] = "100"
    for _ in range(60):
        site.receive(wait=0.5)


@has("webhook-payload-refused", "a body that is no JSON")
def _(site: Site) -> None:
    site.refuse("Failed to parse or validate webhook payload: Expecting value: line 1 column 1")


@has("webhook-handler-error", "the handler raised")
def _(site: Site) -> None:
    site.receive("pull_request", number=3)
    site.refuse("Webhook handler error: 'head'", wait=0)


@only_like("webhook-handler-error", "the review was counted")
def _(site: Site) -> None:
    site.deliver_review(3, cycle=1)


@only_like("webhook-payload-refused", "an event that nothing handles")
def _(site: Site) -> None:
    site.receive("push")


@has("canary-noise", "one missing signature by itself")
def _(site: Site) -> None:
    site.refuse("Missing webhook signature", wait=300)


@has("canary-noise", "on the new version a refused key before it")
def _(site: Site) -> None:
    site.renew()
    site.say("api_auth_rejected", wait=300, where="server", route_class="core", reason="invalid")
    site.refuse("Missing webhook signature", wait=0.1)


@has("canary-noise", "the test suite's deliveries")
def _(site: Site) -> None:
    site.at += timedelta(minutes=5)
    site.say("webhook", where="server", message="Test webhook received: test", level="info")
    for _ in range(3):
        site.refuse("Missing webhook signature", wait=0.1)


def _attack(site: Site) -> None:
    site.receive(wait=300)
    for _ in range(15):
        site.refuse("Missing webhook signature", wait=1)
    site.receive(wait=1)


@only_like("canary-noise", "fifteen within seconds, beside deliveries that are accepted")
def _(site: Site) -> None:
    _attack(site)


@has("auth-probing", "fifteen within seconds, beside deliveries that are accepted")
def _(site: Site) -> None:
    _attack(site)


@only_like("auth-probing", "the canary, again and again")
def _(site: Site) -> None:
    for _ in range(15):
        site.refuse("Missing webhook signature", wait=30)


@only_like("auth-probing", "a secret that does not match")
def _(site: Site) -> None:
    for _ in range(15):
        site.refuse("Invalid webhook signature", wait=1)
