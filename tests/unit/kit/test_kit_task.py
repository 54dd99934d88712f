"""The task runner: inputs from the environment, Kestra's protocol, exit codes, and what it imports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import kestra
import pytest
from pydantic import Field

from kit import redaction, task
from kit.errors import (
    ConfigurationError,
    NotFoundError,
    RateLimitedError,
    RefusedInputError,
    TerminalError,
    TransientError,
    UncertainError,
)

SCRIPTS = Path(__file__).parents[3] / "scripts"


class Inputs(task.TaskInputs):
    name: str
    rows: list[int] = Field(default_factory=list)
    options: dict[str, str] | None = None
    amount: Decimal = Decimal("1.5")
    day: date | None = None
    proceed: bool = False
    note: str | None = None


def run_with(result=None, error: Exception | None = None, env=None):
    def run(inputs: Inputs, _ctx: task.Context):
        if error:
            raise error
        return result if result is not None else {"name": inputs.name}

    return task.execute(Inputs, run, {"INPUT_NAME": "x", **(env or {})})


def lines(capsys) -> dict[str, object]:
    """The protocol lines by kind, the last of each."""
    out = capsys.readouterr().out.splitlines()
    assert all(line.startswith("::{") and line.endswith("}::") for line in out if line.startswith("::"))
    found: dict[str, object] = {}
    for line in out:
        if line.startswith("::"):
            found |= json.loads(line[2:-2])
    return found


def test_inputs_are_typed_by_the_model():
    env = {
        "INPUT_NAME": '{"not": "parsed"}',
        "INPUT_ROWS": "[1, 2]",
        "INPUT_OPTIONS": '{"a": "b"}',
        "INPUT_AMOUNT": "10.20",
        "INPUT_DAY": "2026-11-21",
        "INPUT_PROCEED": "true",
        "INPUT_NOTE": "[text]",
        "INPUT_UNKNOWN": "ignored",
    }
    assert Inputs.read(env) == Inputs(
        name='{"not": "parsed"}',
        rows=[1, 2],
        options={"a": "b"},
        amount=Decimal("10.20"),
        day=date(2026, 11, 21),
        proceed=True,
        note="[text]",
    )


def test_a_blank_counts_as_absent_and_defaults_apply():
    assert Inputs.read({"INPUT_NAME": "x", "INPUT_ROWS": "", "INPUT_PROCEED": "  "}) == Inputs(name="x")


@pytest.mark.parametrize(
    ("env", "named"),
    [
        ({}, "INPUT_NAME"),
        ({"INPUT_NAME": " "}, "INPUT_NAME"),
        ({"INPUT_NAME": "x", "INPUT_ROWS": "[1,"}, "JSON"),
        ({"INPUT_NAME": "x", "INPUT_ROWS": '["a"]'}, "INPUT_ROWS.0"),
        ({"INPUT_NAME": "x", "INPUT_AMOUNT": "much"}, "INPUT_AMOUNT"),
    ],
)
def test_bad_inputs_end_with_code_2_and_name_the_variable(env, named, capsys):
    def run(_inputs: Inputs, _ctx: task.Context):
        pytest.fail("must not run")

    assert task.execute(Inputs, run, env) == 2
    outcome = lines(capsys)["outputs"]["outcome"]
    assert (outcome["code"], named in outcome["message"]) == ("bad_input", True)


def test_a_good_run_has_the_outcome_ok_beside_its_outputs(capsys):
    assert run_with({"total": Decimal("1.10"), "at": datetime(2026, 11, 21, tzinfo=UTC), "of": Inputs(name="ñ")}) == 0
    assert lines(capsys)["outputs"] == {
        "outcome": {"code": "ok", "message": ""},
        "total": "1.10",
        "at": "2026-11-21T00:00:00+00:00",
        "of": Inputs(name="ñ").model_dump(mode="json"),
    }


def test_a_task_may_choose_its_own_outcome(capsys):
    assert run_with({"outcome": {"code": "duplicate", "message": "seen"}}) == 0
    found = lines(capsys)
    assert found["outputs"] == {"outcome": {"code": "duplicate", "message": "seen"}}
    assert found["metrics"][0]["tags"] == {"code": "duplicate"}


@pytest.mark.parametrize(
    ("error", "exit_code", "code"),
    [
        (NotFoundError("gone", provider="whatsapp", request_id="r1"), 0, "not_found"),
        (RefusedInputError("too big", code="image_too_large"), 0, "image_too_large"),
        (ConfigurationError("no DSN"), 0, "configuration"),
        (RateLimitedError("slow down", retry_after=3), 1, "rate_limited"),
        (UncertainError("who knows"), 1, "uncertain"),
        (ValueError("bug"), 1, "internal"),
    ],
)
def test_errors_become_outcomes_and_exit_codes(error, exit_code, code, capsys):
    assert run_with(error=error) == exit_code
    found = lines(capsys)
    assert found["outputs"]["outcome"]["code"] == code
    assert str(error) in found["outputs"]["outcome"]["message"]
    assert found["metrics"][0]["name"] == "task_seconds"


def test_an_outcome_names_provider_and_request(capsys):
    run_with(error=NotFoundError("gone", provider="whatsapp", request_id="r1"))
    outcome = lines(capsys)["outputs"]["outcome"]
    assert (outcome["provider"], outcome["request_id"]) == ("whatsapp", "r1")


@pytest.mark.parametrize("result", [{"x": float("nan")}, {"x": float("inf")}, {("a", "b"): 1}, ["no mapping"]])
def test_outputs_that_are_no_json_are_a_bug_and_not_half_printed(result, capsys):
    assert run_with(result) == 1
    assert lines(capsys)["outputs"]["outcome"]["code"] == "internal"


def test_secrets_and_personal_data_do_not_reach_an_outcome_and_secrets_no_output(capsys):
    redaction.register("canary-secret-1")
    run_with(error=NotFoundError("canary-secret-1 for jose@example.com, +34 600 111 222"))
    run_with({"echo": "canary-secret-1", "mail": "jose@example.com"})
    out = capsys.readouterr().out
    assert "canary" not in out
    assert "+34 600" not in out
    assert '"mail": "jose@example.com"' in out


def test_the_protocol_is_byte_for_byte_that_of_the_kestra_package(capsys):
    values = {"text": 'ñ 🧾 "quoted"\n::{x}::', "n": 1, "f": 1.5, "none": None, "list": [True, {"a": []}]}
    ctx = task.Context()
    ours, theirs = [], []
    for emit, into in (
        (lambda: task.emit({"outputs": values}), ours),
        (lambda: ctx.counter("c", 2, a="b"), ours),
        (lambda: ctx.timer("t", 1.25), ours),
        (lambda: ctx.gauge("g", 0.5, k="v"), ours),
        (lambda: kestra.Kestra.outputs(values), theirs),
        (lambda: kestra.Kestra.counter("c", 2, {"a": "b"}), theirs),
        (lambda: kestra.Kestra.timer("t", 1.25), theirs),
        (lambda: kestra.Kestra.gauge("g", 0.5, {"k": "v"}), theirs),
    ):
        emit()
        into.append(capsys.readouterr().out)
    assert ours == theirs


def test_the_context_comes_from_the_flow():
    env = {
        "OPSFLOWS_EXECUTION_ID": "e1",
        "OPSFLOWS_FLOW_ID": "f",
        "OPSFLOWS_NAMESPACE": "n",
        "OPSFLOWS_TASK_ID": "t",
        "OPSFLOWS_TASKRUN_ID": "tr",
        "OPSFLOWS_RELEASE": "1.0.0",
        "OPSFLOWS_ATTEMPT": "3",
    }
    assert task.Context.read(env) == task.Context("e1", "f", "n", "t", "tr", "1.0.0", 3)
    assert task.Context.read({"OPSFLOWS_ATTEMPT": ""}).attempt == 1


def start(program: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(SCRIPTS), "PATH": os.defpath, **env},
        capture_output=True,
        text=True,
        check=False,
    )


TASK = """
from kit import task
class Inputs(task.TaskInputs):
    n: int
def run(inputs, ctx):
    ctx.log.warning("seen", number=inputs.n) if inputs.n == 2 else None
    return {"n": inputs.n}
if __name__ == "__main__":
    task.main(Inputs, run)
"""


def test_a_task_is_a_process_that_ends_with_its_exit_code():
    assert start(TASK, INPUT_N="1").returncode == 0
    assert start(TASK, INPUT_N="x").returncode == 2
    assert start(TASK.replace("return", "raise"), INPUT_N="1").returncode == 1


def test_inside_kestra_everything_is_protocol_on_stdout_and_levels_are_kept():
    done = start(TASK, INPUT_N="2", OPSFLOWS_EXECUTION_ID="e1", OPSFLOWS_FLOW_ID="f")
    assert done.stderr == ""
    logged = [json.loads(line[2:-2])["logs"][0] for line in done.stdout.splitlines() if '::{"logs"' in line]
    assert [entry["level"] for entry in logged] == ["WARN"]
    message = json.loads(logged[0]["message"])
    assert (message["event"], message["number"], message["execution_id"], message["flow_id"]) == ("seen", 2, "e1", "f")


def test_what_libraries_log_and_warn_is_redacted():
    """Through the standard library's logging and warnings."""
    program = TASK.replace(
        "    ctx.log",
        "    import logging, warnings; from kit import secrets; canary = secrets.get('CANARY')\n"
        "    logging.getLogger('lib').warning('%s for jose@example.com', canary); warnings.warn(canary)\n    ctx.log",
    )
    for env in ({}, {"OPSFLOWS_EXECUTION_ID": "e1"}):
        done = start(program, INPUT_N="1", CANARY="canary-secret-2", **env)
        assert done.returncode == 0
        assert "canary-secret" not in done.stdout + done.stderr
        assert (done.stdout + done.stderr).count("***") == 3


def test_starting_a_task_imports_nothing_heavy():
    """The start-up budget, as a fact that does not depend on the machine's load."""
    heavy = {"structlog", "requests", "urllib3", "psycopg2", "stamina", "babel", "kestra", "jsonschema", "asyncio"}
    program = (
        "import sys; from kit import task, settings, secrets, files, ids, webhooks\n"
        f"print(sorted({heavy} & set(sys.modules)))"
    )
    assert start(program).stdout.strip() == "[]"


def test_every_error_kind_has_its_own_exit_code_rule():
    """Nothing falls between the three roots."""
    assert not issubclass(TerminalError, TransientError)
    assert not issubclass(UncertainError, TerminalError | TransientError)
