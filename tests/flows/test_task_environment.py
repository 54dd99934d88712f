"""A task sees the one secret that its flow passes, although the server holds them all."""

import hashlib
import json
import textwrap

import pytest
import requests
from flowkit import Receipts

from tools.deploy import release

pytestmark = pytest.mark.engine

# Digests, because test_secrets_stay_secret.py looks through everything that these tests leave behind.
PROBE = """import hashlib, json, os
                seen = {name: hashlib.sha256(value.encode()).hexdigest() for name, value in os.environ.items()}
                print("::" + json.dumps({"outputs": {"seen": seen}}) + "::")"""
NAMES = ("SECRET_", "KESTRA_", "MICRONAUT_", "DATASOURCES_")


def flow(flow_id: str, command: str) -> str:
    version = release.load().version
    return textwrap.dedent(f"""
        id: {flow_id}
        namespace: opsflows.platform
        tasks:
          - id: look_around
            type: io.kestra.plugin.scripts.python.Commands
            taskRunner:
              type: io.kestra.plugin.core.runner.Process
            namespaceFiles:
              namespaces: [opsflows]
              include: ["/{version}/scripts/kit/**"]
            inputFiles:
              "{version}/scripts/probe.py": |
                {PROBE}
            env:
              OPSFLOWS_RELEASE: "{version}"
              KESTRA_CONFIGURATION: "as in a container"
              SLACK_BOT_TOKEN: "{{{{ secret('SLACK_BOT_TOKEN') }}}}"
            commands:
              - {command}
        outputs:
          - id: seen
            type: JSON
            value: "{{{{ outputs.look_around.vars.seen }}}}"
        """)


def seen(receipts: Receipts, flow_id: str, command: str) -> dict[str, str]:
    """The environment of a task with this command: names and digests."""
    target = receipts.stack.target
    api, auth = f"{target.url}/api/v1/main", (target.username, target.password)
    headers = {"Content-Type": "application/x-yaml"}
    requests.post(
        f"{api}/flows", data=flow(flow_id, command), headers=headers, auth=auth, timeout=30
    ).raise_for_status()
    try:
        started = requests.post(f"{api}/executions/opsflows.platform/{flow_id}", auth=auth, timeout=30)
        started.raise_for_status()
        found = receipts.outputs(started.json()["id"])["seen"]
    finally:
        requests.delete(f"{api}/flows/opsflows.platform/{flow_id}", auth=auth, timeout=30).raise_for_status()
    return dict(json.loads(found) if isinstance(found, str) else found)


def test_a_task_sees_only_the_secret_that_its_flow_passes(receipts: Receipts):
    secrets = receipts.stack.config.secrets
    env = seen(receipts, "environment_kept", 'exec sh "$OPSFLOWS_RELEASE/scripts/kit/run.sh" probe')
    assert [name for name in env if name.startswith(NAMES)] == []
    assert {name for name in secrets if name in env} == {"SLACK_BOT_TOKEN"}
    # Kestra's own user is a setting of the local stack's server, which tasks inherit (docs/privacy.md).
    inherited = receipts.stack.config.env["OPSFLOWS_KESTRA_PASSWORD"]
    own = {name: value for name, value in secrets.items() if value and value != inherited}
    digests = {name: hashlib.sha256(value.encode()).hexdigest() for name, value in own.items()}
    assert {name for name, digest in digests.items() if digest in env.values()} == {"SLACK_BOT_TOKEN"}


def test_without_run_sh_it_would_see_all(receipts: Receipts):
    """The control, and the reason why every flow starts its tasks by run.sh."""
    env = seen(receipts, "environment_open", 'PYTHONPATH="$OPSFLOWS_RELEASE/scripts" exec python -m probe')
    assert {f"SECRET_{name}" for name in receipts.stack.config.secrets} <= set(env)
    assert "KESTRA_CONFIGURATION" in env
