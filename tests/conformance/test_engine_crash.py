"""What the store promises: whatever was acknowledged is carried out, also after `kill -9`."""

import threading

import pytest
import requests

from local import engine

pytestmark = [pytest.mark.engine, pytest.mark.slow]

FLOW = """
id: durable
namespace: opsflows.crash
tasks:
  - id: py
    type: io.kestra.plugin.scripts.python.Script
    taskRunner: {type: io.kestra.plugin.core.runner.Process}
    script: print("done")
triggers:
  - {id: hook, type: io.kestra.plugin.core.trigger.Webhook, key: crash-key, fetchType: STORE}
"""


class Load(threading.Thread):
    """Posts until the server stops answering, and remembers what was acknowledged."""

    def __init__(self, url):
        super().__init__()
        self.url = f"{url}/api/v1/main/executions/webhook/opsflows.crash/durable/crash-key"
        self.accepted = []

    def run(self):
        with requests.Session() as session:
            while True:
                try:
                    answer = session.post(self.url, data=b"x" * 2000, timeout=30)
                except requests.RequestException:
                    return
                if answer.status_code == 200:
                    self.accepted.append(answer.json()["id"])


def states(server, config):
    auth = (config.username, config.password)
    url = f"{server.url}/api/v1/main/executions/search"
    page = requests.get(url, auth=auth, params={"filters[flowId][EQUALS]": "durable", "size": 1000}, timeout=30).json()
    return {row["id"]: row["state"]["current"] for row in page["results"]}


@pytest.mark.usefixtures("local_only")
def test_every_acknowledged_execution_succeeds_after_kill_9_under_load(tmp_path, kestra):
    config = engine.EngineConfig(data_dir=tmp_path)
    server = engine.start(config)
    try:
        answer = requests.post(
            f"{server.url}/api/v1/main/flows",
            data=FLOW,
            headers={"Content-Type": "application/x-yaml"},
            auth=(config.username, config.password),
            timeout=30,
        )
        assert answer.status_code == 200
        loads = [Load(server.url) for _ in range(4)]
        for load in loads:
            load.start()
        kestra.until(lambda: sum(len(load.accepted) for load in loads), lambda accepted: accepted >= 25)
        server.kill()
        for load in loads:
            load.join()
        accepted = {one for load in loads for one in load.accepted}
        server = engine.start(config)
        ended = kestra.until(
            lambda: states(server, config),
            # Some may be stored whose answer the kill cut off: these must end too, perhaps a little later.
            lambda found: accepted <= found.keys() and not set(found.values()) & {"CREATED", "QUEUED", "RUNNING"},
            timeout=90,
        )
        assert set(ended.values()) == {"SUCCESS"}
    finally:
        server.stop()


@pytest.mark.usefixtures("local_only")
def test_flows_files_and_keys_are_there_after_a_restart(tmp_path):
    config = engine.EngineConfig(data_dir=tmp_path)
    auth = (config.username, config.password)
    server = engine.start(config)
    base = "/api/v1/main/namespaces/opsflows.crash"
    try:
        flow = {"data": FLOW, "headers": {"Content-Type": "application/x-yaml"}}
        requests.post(f"{server.url}/api/v1/main/flows", auth=auth, timeout=30, **flow).raise_for_status()
        file = {"params": {"path": "/kept.txt"}, "files": {"fileContent": ("f", b"kept")}}
        requests.post(f"{server.url}{base}/files", auth=auth, timeout=30, **file).raise_for_status()
        key = {"data": "7", "headers": {"Content-Type": "text/plain"}}
        requests.put(f"{server.url}{base}/kv/kept", auth=auth, timeout=30, **key).raise_for_status()
        server.kill()
        server = engine.start(config)
        listed = requests.get(f"{server.url}/api/v1/main/flows/opsflows.crash", auth=auth, timeout=30).json()
        assert [flow["id"] for flow in listed] == ["durable"]
        content = requests.get(f"{server.url}{base}/files", params={"path": "/kept.txt"}, auth=auth, timeout=30).content
        assert content == b"kept"
        assert requests.get(f"{server.url}{base}/kv/kept", auth=auth, timeout=30).json()["value"] == 7
    finally:
        server.stop()
