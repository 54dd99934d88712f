"""Spans of a real task process, taken by a collector that decodes what it gets."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kit import tracing
from local import ports
from tests.kit_support import reply
from tests.otlpkit import Collector, attributes

ROOT = Path(__file__).resolve().parents[3]
PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
SECRET = "CANARY-sk-live-7d1f0a2b9c3e"
TASK = f"""
import sys
from kit import db, errors, redaction, task
from kit.http import Client
redaction.register({SECRET!r})

class Inputs(task.TaskInputs):
    url: str = ""
    fail: str = ""

def run(inputs, ctx):
    with db.connect() as conn:
        db.fetch_all(conn, db.own_sql("breaker_list"))
        db.fetch_all(conn, "select %s as phone", ("+34600111222 {SECRET}",))
    if inputs.url:
        Client("shop", inputs.url).request("GET", "/people/+34600111222?token={SECRET}")
    if inputs.fail:
        raise errors.UnavailableError("The shop said {SECRET} to ana@example.org.", code="shop_away")
    return {{"rows": 1}}

task.main(Inputs, run)
"""
CORRELATION = {
    "OPSFLOWS_EXECUTION_ID": "2INrWLpOIoCm3eopKIBPYo",
    "OPSFLOWS_FLOW_ID": "shop_sync",
    "OPSFLOWS_NAMESPACE": "opsflows.commerce",
    "OPSFLOWS_TASK_ID": "fetch_orders",
    "OPSFLOWS_TASKRUN_ID": "tr1",
    "OPSFLOWS_RELEASE": "1.2.3",
    "OPSFLOWS_ATTEMPT": "2",
}


@pytest.fixture
def collector():
    with Collector() as found:
        yield found


def start(dsn, endpoint="", program=TASK, **env):
    given = {"PYTHONPATH": str(ROOT / "scripts"), "PATH": os.environ["PATH"], "OPSFLOWS_PG_DSN": dsn}
    return subprocess.run(
        [sys.executable, "-c", program],
        env=given | CORRELATION | {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint} | env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_task_its_sql_and_its_request_are_one_trace_below_kestras(dsn, collector, server):
    server.answers(reply(200, b"{}"))
    ran = start(
        dsn,
        collector.url,
        OPSFLOWS_TRACEPARENT=PARENT,
        INPUT_URL=server.url,
        OPSFLOWS_HTTP_ALLOW_PRIVATE=server.url.removeprefix("http://"),
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    (task,) = collector.named("task ")
    assert task.name == "task fetch_orders"
    assert {span.trace_id.hex() for span in collector.spans} == {PARENT.split("-")[1]}
    assert task.parent_span_id.hex() == PARENT.split("-")[2]
    children = [span for span in collector.spans if span.name != task.name]
    assert {span.parent_span_id for span in children} == {task.span_id}
    assert {span.name for span in children} == {"sql kit/breaker_list.sql", "sql select", "GET 127.0.0.1"}
    told = attributes(task)
    assert told["opsflows.execution_id"] == CORRELATION["OPSFLOWS_EXECUTION_ID"]
    assert told["opsflows.attempt"] == 2
    assert told["opsflows.outcome"] == "ok"
    assert attributes(collector.named("GET ")[0])["http.response.status_code"] == 200
    assert collector.resources[0]["service.name"] == "opsflows"
    assert collector.resources[0]["service.version"] == "1.2.3"


def test_without_kestras_trace_the_id_follows_from_the_execution(dsn, collector):
    assert start(dsn, collector.url).returncode == 0
    wanted = hashlib.sha256(b"opsflows:2INrWLpOIoCm3eopKIBPYo").hexdigest()[:32]
    assert {span.trace_id.hex() for span in collector.spans} == {wanted}
    assert tracing.trace_id(CORRELATION) == wanted
    assert tracing.trace_id(CORRELATION | {"OPSFLOWS_TRACEPARENT": PARENT}) == PARENT.split("-")[1]
    assert tracing.trace_id({}) == ""


def test_a_failure_is_told_without_secrets_and_without_people(dsn, collector, server):
    server.answers(reply(200, b"{}"))
    ran = start(
        dsn,
        collector.url,
        INPUT_FAIL="yes",
        INPUT_URL=server.url,
        OPSFLOWS_HTTP_ALLOW_PRIVATE=server.url.removeprefix("http://"),
    )
    assert ran.returncode == 1
    (task,) = collector.named("task ")
    assert task.status.code == 2  # ERROR
    assert attributes(task)["error.type"] == "shop_away"
    assert "The shop said" in task.status.message
    sent = b"".join(collector.bodies)
    assert [word for word in (SECRET, "600111222", "ana@example.org", "/people") if word.encode() in sent] == []


def test_a_task_that_crashes_has_a_span(dsn, collector):
    ran = start(dsn, collector.url, program=TASK.replace('return {"rows": 1}', "raise KeyError('x')"))
    assert ran.returncode == 1
    assert attributes(collector.named("task ")[0])["error.type"] == "internal"


def test_what_kestra_does_not_sample_is_not_sent(dsn, collector):
    assert start(dsn, collector.url, OPSFLOWS_TRACEPARENT=PARENT[:-2] + "00").returncode == 0
    assert collector.bodies == []


def test_a_collector_that_is_away_costs_two_seconds_at_most_and_no_failure(dsn):
    ran = start(dsn, f"http://127.0.0.1:{ports.free()}")
    assert ran.returncode == 0
    assert '"rows": 1' in ran.stdout
    assert "Traceback" not in ran.stdout + ran.stderr


@pytest.mark.parametrize(
    ("env", "event"),
    [
        ({"OTEL_TRACES_SAMPLER_ARG": "all"}, "tracing.unavailable"),
        ({"OTEL_TRACES_SAMPLER_ARG": "7"}, "tracing.unavailable"),
        ({"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "many"}, "tracing.unavailable"),
        ({"OTEL_PYTHON_EXPORTER_OTLP_HTTP_TRACES_CREDENTIAL_PROVIDER": "none"}, "tracing.not_sent"),
    ],
)
def test_a_setting_that_cannot_be_used_costs_the_spans_and_not_the_task(dsn, collector, env, event):
    ran = start(dsn, collector.url, **env)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert '"rows": 1' in ran.stdout
    assert event in ran.stdout + ran.stderr
    assert collector.spans == []


def test_spans_are_bounded_and_the_task_is_among_them(dsn, collector):
    many = TASK.replace(
        'db.own_sql("breaker_list"))',
        'db.own_sql("breaker_list"))\n        for _ in range(2100): db.fetch_all(conn, "select 1")',
    )
    assert start(dsn, collector.url, program=many).returncode == 0
    assert len(collector.spans) == 2001
    assert len(collector.named("task ")) == 1


@pytest.mark.parametrize(
    "env", [{}, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_SDK_DISABLED": "true"}]
)
def test_nothing_is_imported_when_no_spans_are_wanted(dsn, env):
    program = (
        "import atexit, sys\natexit.register(lambda: print([m for m in sys.modules if m.startswith('opentelemetry')]))"
        + TASK
    )
    ran = start(dsn, program=program, **env)
    assert ran.stdout.splitlines()[-1] == "[]"


def test_without_the_packages_the_task_runs(dsn, collector):
    program = "import sys\nsys.modules['opentelemetry.sdk'] = None\n" + TASK
    ran = start(dsn, collector.url, program=program)
    assert ran.returncode == 0
    assert "tracing.unavailable" in ran.stdout
