"""From Kestra's words about a bad end to the event: which task, which cause, which day."""

from datetime import date

import pytest

from platform_tasks.alerts import failure

AT = "2026-11-20T10:00:0{}Z"


def run(task, state, second=1, **more):
    return {
        "taskId": task,
        "state": {"current": state, "histories": [{"state": state, "date": AT.format(second)}]},
        **more,
    }


def execution(state="FAILED", **more):
    steps = [{"state": name, "date": AT.format(0)} for name in ("CREATED", "RUNNING", state)]
    base = {
        "id": "e1",
        "namespace": "opsflows.etl",
        "flowId": "etl_example",
        "state": {"current": state, "histories": steps},
    }
    return base | more


def test_the_task_that_failed_first_is_the_cause():
    found = failure.trouble(
        execution(
            taskRunList=[
                run("all", "FAILED", 5),
                run("load", "FAILED", 2, attempts=[{}, {}, {}]),
                run("read", "SUCCESS"),
            ]
        )
    )
    assert (found.task, found.attempts, found.child) == ("load", 3, "")


def test_a_task_that_only_warned_is_not_the_cause_of_a_failure():
    runs = [run("tidy", "WARNING", 1, outputs={"executionId": "child1"}), run("load", "FAILED", 2)]
    assert failure.trouble(execution(taskRunList=runs)).task == "load"
    assert failure.trouble(execution("WARNING", taskRunList=runs[:1])).task == "tidy"


def test_a_subflow_that_failed_is_named():
    runs = [run("call", "FAILED", outputs={"executionId": "child1"})]
    assert failure.trouble(execution(taskRunList=runs)).child == "child1"


@pytest.mark.parametrize(
    ("state", "labels", "event", "cause"),
    [
        ("FAILED", [], "flow_failed", "load:unavailable"),
        ("WARNING", [], "flow_warning", "load:unavailable"),
        ("SUCCESS", [{"key": "sla", "value": "missed"}], "sla_missed", "sla"),
        ("FAILED", [{"key": "sla", "value": "missed"}], "flow_failed", "load:unavailable"),
    ],
)
def test_the_kind_of_end_is_the_event(state, labels, event, cause):
    lines = ['{"code": "unavailable", "message": "The source did not answer.", "event": "task.failed"}']
    found = failure.event(execution(state, labels=labels, taskRunList=[run("load", "FAILED")]), lines)
    assert (found.event, found.error_class, found.execution_id) == (event, cause, "e1")
    assert "opsflows.etl.etl_example" in found.title


@pytest.mark.parametrize(
    ("labels", "inputs", "day"),
    [
        ([{"key": "data_date", "value": "2026-11-19"}], {"since": "2026-11-01"}, date(2026, 11, 19)),
        ([], {"since": "2026-11-18T00:00:00Z"}, date(2026, 11, 18)),
        ([], {}, None),
    ],
)
def test_the_day_of_the_data_is_that_of_the_run(labels, inputs, day):
    assert failure.event(execution(labels=labels, inputs=inputs), []).data_date == day


def test_figures_and_ids_make_no_cause_of_their_own():
    told = {
        failure.cause("load", [f"Row {number} of chunk 9f{number}ab has no total after {number}.5 s"])
        for number in range(20)
    }
    assert len(told) == 1
    assert failure.cause("load", ["Row 1 has no total"]) != failure.cause("load", ["Row 1 has no date"])
    assert failure.cause("", []) == "unknown"


def test_what_kestra_says_of_every_failure_is_no_summary():
    lines = ["The source did not answer.", "Command failed with exit code 1", "Failed to render output values: x"]
    assert failure.summarise(lines) == "The source did not answer."
    assert failure.summarise(["Command failed with exit code 1"]) == "Command failed with exit code 1"


def test_a_summary_is_short_and_has_no_secret():
    told = failure.summarise(["Authorization: Bearer abcdefgh12345678 " + "x" * 5000])
    assert "abcdefgh12345678" not in told
    assert len(told) <= 600
