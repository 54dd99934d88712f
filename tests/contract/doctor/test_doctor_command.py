"""The command as a person runs it: exit codes, JSON, and no secret in anything that it prints."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.doctor.conftest import CALLBACK

ROOT = Path(__file__).resolve().parents[3]
REMOTE = ("whatsapp", "google-sheets", "slack", "openai")


@pytest.fixture
def command(sandbox, process, tmp_path):
    """Runs the command with its secrets in a folder, as in production, and no secret in the environment."""
    sandbox.target(CALLBACK, process.credentials.whatsapp_app_secret)
    folder = tmp_path / "secrets"
    folder.mkdir()
    for name, value in process.secrets().items():
        (folder / name).write_text(value + "\n")
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}

    def call(*arguments, **changes):
        env = {**kept, **process.settings(), "PYTHONPATH": f"scripts{os.pathsep}.", **changes}
        line = [sys.executable, "-m", "tools.doctor", "--secrets-dir", str(folder), *arguments]
        return subprocess.run(line, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)

    call.folder = folder
    return call


def test_all_is_well(command):
    done = command("--json", *REMOTE)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert [report["provider"] for report in found["providers"]] == list(REMOTE)
    assert {report["state"] for report in found["providers"]} == {"ok"}


def test_what_is_not_set_up_is_no_failure_unless_it_is_named(command):
    for file in command.folder.iterdir():
        file.unlink()
    everything, named = command(), command("slack")
    assert everything.returncode == 0
    assert "not configured: kestra" in everything.stdout
    assert named.returncode == 1


def test_a_wrong_provider_fails_and_the_others_are_still_shown(command, sandbox):
    sandbox.fault("slack", "*", "error", code="token_revoked")
    done = command()
    assert done.returncode == 1
    assert "docs/setup/slack.md#revoked" in done.stdout
    assert "wrong: slack." in done.stdout
    assert "\x1b[" not in done.stdout


def test_an_unknown_provider_or_environment_and_a_stack_that_does_not_run(command, tmp_path):
    for arguments in (["myspace"], ["--env", "moon"]):
        done = command(*arguments)
        assert done.returncode == 2
        assert done.stderr.strip()
    env = {**os.environ, "PYTHONPATH": f"{ROOT / 'scripts'}{os.pathsep}{ROOT}"}
    line = [sys.executable, "-m", "tools.doctor", "--local"]
    done = subprocess.run(line, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "make up" in done.stderr


@pytest.mark.parametrize("shown", [[], ["--json"]])
@pytest.mark.parametrize("echo", ["quoted", "html", "reset"])
def test_no_secret_is_shown_whatever_a_provider_quotes(command, sandbox, process, shown, echo):
    secrets = process.secrets()
    if echo == "quoted":
        told = " ".join(secrets.values())
        body = json.dumps({"error": {"message": told, "code": 10, "type": told}, "detail": told})
        for provider in ("whatsapp", "google", "openai"):
            sandbox.fault(provider, "*", "status", status=403, body=body)
        sandbox.fault("slack", "*", "status", status=200, body=json.dumps({"ok": False, "error": told}))
    else:
        sandbox.fault("*", "*", echo)
    done = command(*shown)
    assert done.returncode == 1
    printed = done.stdout + done.stderr
    account = json.loads(secrets.pop("GOOGLE_SERVICE_ACCOUNT"))
    lines = account["private_key"].splitlines()[1:-1]
    for canary in [*secrets.values(), account["private_key_id"], *lines]:
        # Half a secret is one too; of a URL the last part counts.
        told = canary.rpartition("/")[2] if "://" in canary else canary
        assert told[:10] not in printed


def test_nothing_changes_anywhere(command, sandbox):
    before = {part: sandbox.state(part) for part in ("whatsapp", "google", "slack", "openai", "pagerduty", "mail")}
    command()
    assert {part: sandbox.state(part) for part in before} == before
    sent = {(call["method"], call["route"]) for call in sandbox.calls()}
    assert {route for method, route in sent if method != "GET"} == {
        "token",  # the assertion is exchanged
        "spreadsheets.batchUpdate",  # refused, see test_trying_the_right_to_edit_changes_nothing
        "auth.test",
        "webhook",  # refused, see test_nothing_is_posted
        "enqueue",  # the end of an incident that never was
    }
