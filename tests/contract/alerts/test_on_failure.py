"""An execution that ended badly, from Kestra's answers to the book: told once, by whom, and never by nobody."""

from typing import Any

import pytest

from kit import db, kestra, task
from kit.errors import ConnectError, NotFoundError
from platform_tasks.alerts import on_failure

AT = "2026-11-20T10:00:0{}Z"
ERROR = '{"code": "unavailable", "event": "task.failed"}'


class Answer:
    """What `kit.http` gives."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def json(self) -> Any:
        return self.value


class Kestra:
    """Kestra's executions and logs; logs are there after so many questions."""

    def __init__(self) -> None:
        self.executions: dict[str, dict[str, Any]] = {}
        self.late = 0

    def __call__(self, _config):
        return self

    def api(self, _method, path, params=None):
        kind, _, name = path.partition("/")
        if kind == "executions" and name not in self.executions:
            raise NotFoundError("none")
        if kind == "executions":
            return Answer(self.executions[name])
        if params["minLevel"] == "WARN":
            return Answer([{"message": "something else"}])
        self.late -= 1
        return Answer([] if self.late >= 0 else [{"message": ERROR}])

    def ended(self, name, state="FAILED", flow="etl_example", **more):
        steps = [{"state": each, "date": AT.format(0)} for each in ("CREATED", "RUNNING", state)]
        self.executions[name] = {
            "id": name,
            "namespace": "opsflows.etl",
            "flowId": flow,
            "state": {"current": state, "histories": steps},
            **more,
        }


def ran(task_id, state, child=""):
    history = [{"state": state, "date": AT.format(1)}]
    return {"taskId": task_id, "state": {"current": state, "histories": history}, "outputs": {"executionId": child}}


@pytest.fixture
def engine(told, monkeypatch):  # noqa: ARG001 - its settings
    made = Kestra()
    made.ended("e1", taskRunList=[ran("load", "FAILED")])
    monkeypatch.setattr(kestra, "Client", made)
    monkeypatch.setattr(on_failure, "_WAITS_S", (0, 0, 0))
    return made


def tell(name="e1", attempt=1):
    return on_failure.run(on_failure.Inputs(execution=name), task.Context(execution_id="a1", attempt=attempt))


def counts(conn):
    return [row["count"] for row in db.fetch_all(conn, "select count from ops.alerts order by alert_id")]


def test_a_failure_is_noted_and_told(conn, engine, told):  # noqa: ARG001
    done = tell()
    assert (done["told"], done["fired"]["change"]) == ("book", "fired")
    assert done["fired"]["key"] == "opsflows.etl.etl_example||load:unavailable"
    assert len(told.cards("C0ALERTS")) == 1


def test_a_second_try_counts_nothing_and_the_next_failure_does(conn, engine):
    tell()
    tell(attempt=2)
    assert counts(conn) == [1]
    engine.ended("e2", taskRunList=[ran("load", "FAILED")])
    tell("e2", attempt=2)
    assert counts(conn) == [2]


def test_a_log_that_comes_late_makes_no_other_cause(conn, engine):
    tell()
    engine.late = 2
    tell()
    assert counts(conn) == [2]


def test_a_subflow_tells_for_itself(conn, engine):
    engine.ended("child")
    engine.ended("e1", taskRunList=[ran("call", "FAILED", "child")])
    assert tell()["told"] == "child"
    assert counts(conn) == []


@pytest.mark.parametrize("child", [{"flow": "alert_router"}, {"namespace": "other.team"}, {"state": "SUCCESS"}])
def test_for_a_subflow_that_does_not_its_parent_tells(conn, engine, child):
    engine.ended("child", **child)
    engine.ended("e1", taskRunList=[ran("call", "FAILED", "child")])
    assert tell()["told"] == "book"
    assert counts(conn) == [1]


def test_a_failure_that_nobody_can_be_told_of_fails(engine, monkeypatch):  # noqa: ARG001
    monkeypatch.setenv("OPSFLOWS_PG_DSN", "postgresql://opsflows@127.0.0.1:1/opsflows")
    for name in ("PAGERDUTY_ROUTING_KEY", "SLACK_BOT_TOKEN", "SLACK_WEBHOOK_URL", "OPSFLOWS_SMTP_HOST"):
        monkeypatch.delenv(name)
    with pytest.raises(ConnectError):
        tell()


def test_a_database_that_refuses_us_is_no_reason_to_be_silent(engine, told, dsn, monkeypatch):  # noqa: ARG001
    monkeypatch.setenv("OPSFLOWS_PG_DSN", dsn + "_gone")
    assert tell()["fired"]["way"] == "pagerduty"
    assert len(told.incidents()) == 1
