"""The server under test: a real Kestra by URL when one is named, the local engine in memory otherwise."""

import os
import time
import uuid
import warnings
from dataclasses import dataclass

import pytest
import requests

from local import engine

with warnings.catch_warnings():
    # kestrapy 2.0.3 declares a field that shadows a method of its base class.
    warnings.simplefilter("ignore")
    from kestrapy.kestra_client import KestraClient

SECRETS = {"CONFORMANCE_KEY": "key-from-a-secret"}
ENDED = {"SUCCESS", "WARNING", "FAILED", "KILLED", "CANCELLED", "RETRIED", "SKIPPED"}


@dataclass
class Kestra:
    """A server, a client of Kestra's own SDK, and the namespace that this run may fill."""

    url: str
    auth: tuple[str, str]
    client: KestraClient
    namespace: str
    is_local: bool

    def api(self, method, path, **arguments):
        return requests.request(method, f"{self.url}/api/v1/main{path}", auth=self.auth, timeout=30, **arguments)

    def webhook(self, flow_id, key, *, method="POST", suffix="", **arguments):
        url = f"{self.url}/api/v1/main/executions/webhook/{self.namespace}/{flow_id}/{key}{suffix}"
        return requests.request(method, url, timeout=30, **arguments)

    def deploy(self, source):
        """Create or replace a flow, written with NAMESPACE where its namespace belongs."""
        source = source.replace("NAMESPACE", self.namespace)
        flow_id = source.split("id:", 1)[1].split()[0]
        known = self.api("GET", f"/flows/{self.namespace}/{flow_id}").status_code == 200
        if known:
            return self.client.flows.update_flow(self.namespace, flow_id, "main", source)
        return self.client.flows.create_flow("main", source)

    def run(self, flow_id, inputs=None, **arguments):
        """Start an execution and wait for its end."""
        return self.client.executions.create_execution(
            "main", self.namespace, flow_id, wait=True, inputs=inputs, **arguments
        )

    def ended(self, execution_id, timeout=90):
        return self.until(lambda: self.execution(execution_id), lambda e: e["state"]["current"] in ENDED, timeout)

    def execution(self, execution_id):
        return self.api("GET", f"/executions/{execution_id}").json()

    def outputs(self, execution_id):
        return self.client.outputs.execution_outputs(execution_id, "main")

    def task_outputs(self, execution_id, task_id):
        runs = self.client.outputs.task_outputs_information(execution_id, "main")
        run = next(run for run in runs if run.task_id == task_id)
        return self.client.outputs.task_run_outputs(execution_id, run.task_run_id, "main")

    def logs(self, execution_id):
        return "\n".join(line.message for line in self.client.logs.list_logs_from_execution(execution_id, "main"))

    def logged(self, execution_id, text):
        """All messages, once `text` is among them; Kestra stores logs a moment after an execution's end."""
        return self.until(lambda: self.logs(execution_id), lambda logs: text in logs)

    @staticmethod
    def until(read, is_reached, timeout=90):
        """Ask again until an answer fits; the last answer is part of the failure."""
        deadline = time.monotonic() + timeout
        while not is_reached(answer := read()):
            assert time.monotonic() < deadline, f"not reached after {timeout} s: {answer}"
            time.sleep(0.05)
        return answer


def client_of(url, auth):
    return KestraClient(host=url, username=auth[0], password=auth[1], timeout=60)


@pytest.fixture(scope="package")
def kestra():
    url = os.environ.get("OPSFLOWS_KESTRA_URL")
    namespace = f"opsflows.conformance.{uuid.uuid4().hex[:8]}"
    if url:
        auth = (os.environ["OPSFLOWS_KESTRA_USERNAME"], os.environ["OPSFLOWS_KESTRA_PASSWORD"])
        yield from _with_cleanup(Kestra(url.rstrip("/"), auth, client_of(url, auth), namespace, is_local=False))
        return
    config = engine.EngineConfig(secrets=SECRETS)
    running = engine.start(config)
    auth = (config.username, config.password)
    try:
        yield Kestra(running.url, auth, client_of(running.url, auth), namespace, is_local=True)
    finally:
        running.stop()


def _with_cleanup(server):
    yield server
    for flow in server.client.flows.list_flows_by_namespace(server.namespace, "main"):
        server.client.flows.delete_flow(server.namespace, flow.id, "main")


@pytest.fixture
def local_only(kestra):
    if not kestra.is_local:
        pytest.skip("only the local engine takes secrets from a test")
