"""health_check on the real engine: it sees Kestra, its queue and clock, and the providers of the stack."""

import json

from flowkit import Receipts, start

from kit import db

PARTS = {
    "database",
    "database_schema",
    "engine",
    "engine_queue",
    "engine_stuck",
    "engine_clock",
    "disk",
    "slack",
}


def test_every_part_of_the_stack_is_seen(receipts: Receipts):
    execution_id = start(receipts.stack, "platform.health_check", deadline_s="60")
    outputs = receipts.outputs(execution_id)
    assert set(outputs["checks"]) >= PARTS
    wrong = {name: one for name, one in outputs["checks"].items() if name in PARTS - {"disk"} and one["state"] != "ok"}
    assert wrong == {}
    with db.connect(receipts.stack.postgres.dsn) as conn:
        stored = {row["name"] for row in db.fetch_all(conn, "select name from ops.health_checks")}
    assert stored >= PARTS


def test_a_provider_that_refuses_is_told_of_and_its_end_too(receipts: Receipts):
    body = json.dumps({"ok": False, "error": "invalid_auth"})
    receipts.providers.fault("slack", "auth.test", "status", status=200, body=body)
    for _ in range(2):
        outputs = receipts.outputs(start(receipts.stack, "platform.health_check", deadline_s="60"))
        assert outputs["checks"]["slack"]["state"] == "failed", outputs
    assert told(receipts) == [("health_failed", "firing")]
    receipts.providers.clear_faults()
    receipts.outputs(start(receipts.stack, "platform.health_check", deadline_s="60"))
    assert told(receipts) == [("health_failed", "resolved")]


def told(receipts: Receipts) -> list[tuple[str, str]]:
    found = receipts.rows("select event, state from ops.alerts where error_class = 'slack' order by alert_id")
    return [(row["event"], row["state"]) for row in found]
