"""The doctor and the whole local stack: what is deployed, switched on and runnable on a real engine."""

import os

import pytest
import requests

from tools.doctor import registry, run, surroundings
from tools.doctor.model import State
from tools.stack import environment

FLOW = "opsflows.tickets/whatsapp_ticket_to_sheet_doc"
OURS = ("OPSFLOWS_", "WHATSAPP_", "GOOGLE_", "SLACK_", "OPENAI_", "VAULT_")


@pytest.fixture
def look(stack, monkeypatch, tmp_path):
    """Looks at some providers with the stack's own settings and secrets."""
    found = dict(os.environ)
    for name in [name for name in found if name.startswith(OURS)]:
        del found[name]
    found |= {**stack.config.env, **stack.config.secrets, "OPSFLOWS_LOG_LEVEL": "ERROR"}
    found |= {"OPSFLOWS_KESTRA_URL": stack.target.url, "OPSFLOWS_KESTRA_USERNAME": environment.USERNAME}
    found["OPSFLOWS_KESTRA_PASSWORD"] = stack.target.password
    monkeypatch.setattr(os, "environ", found)

    def by_provider(*names, **changes):
        found.update(changes)
        where = surroundings.enter(folder=tmp_path)
        return {report.provider: report for report in run.examine(registry.load(list(names)), where)}

    return by_provider


def named(report):
    return {found.name: found for found in report.findings}


@pytest.fixture
def edited(stack):
    """Changes a flow on the server, as a person in the UI would, and puts it back afterwards."""
    url = f"{stack.engine.url}/api/v1/main/flows/{FLOW}"
    auth = (environment.USERNAME, stack.target.password)
    source = requests.get(url, params={"source": "true"}, auth=auth, timeout=30).json()["source"]

    def put(text):
        headers = {"content-type": "application/x-yaml"}
        requests.put(url, data=text.encode(), headers=headers, auth=auth, timeout=30).raise_for_status()

    yield lambda old, new: put(source.replace(old, new, 1))
    put(source)


def test_the_local_stack_is_well(look):
    reports = look("kestra", "postgres", "whatsapp", "google-sheets", "slack")
    assert {report.state for report in reports.values()} == {State.OK}
    kestra = named(reports["kestra"])
    assert {"version", "release", "webhook", "plugin"} <= kestra.keys()
    assert kestra["version"].text.startswith("Kestra 2.0.")


def test_a_wrong_password(look):
    found = named(look("kestra", OPSFLOWS_KESTRA_PASSWORD="Wrong2026")["kestra"])
    assert found["credential"].docs == "setup/kestra.md#password-refused"


def test_a_webhook_that_was_switched_off(look, edited):
    edited("  - id: whatsapp\n", "  - id: whatsapp\n    disabled: true\n")
    assert named(look("kestra")["kestra"])["webhook"].state is State.WRONG


def test_a_flow_that_was_switched_off_and_is_of_another_release(look, edited):
    edited("\nvariables:\n  release:", "\ndisabled: true\nvariables:\n  release: 7.6.5 #")
    found = named(look("kestra")["kestra"])
    assert "whatsapp_ticket_to_sheet_doc" in found["disabled"].text
    assert "7.6.5" in found["release"].text
    assert "7.6.5" in found["files"].text


def test_an_empty_server(look, monkeypatch):
    from tools.doctor.checks import kestra

    monkeypatch.setattr(kestra, "_flows", lambda _client: [])
    assert named(look("kestra")["kestra"])["flows"].docs == "setup/kestra.md#not-deployed"


def test_a_server_that_is_no_kestra(look, stack):
    found = named(look("kestra", OPSFLOWS_KESTRA_URL=stack.sandbox.base_url)["kestra"])
    assert found["not_found"].docs == "setup/kestra.md#no-answer"


@pytest.mark.parametrize(
    ("name", "state"), [("OPSFLOWS_KESTRA_URL", State.ABSENT), ("OPSFLOWS_KESTRA_USERNAME", State.WRONG)]
)
def test_what_is_not_set(look, name, state):
    assert look("kestra", **{name: ""})["kestra"].state is state
