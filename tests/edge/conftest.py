"""The real nginx in front of the real engine, with the intake flow's own trigger."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
import yaml
from edgekit import FLOW, KEY, SECRETS, Kestra

from local import edge as local_edge
from local import engine
from local.edge import Edge, EdgeConfig

ROOT = Path(__file__).resolve().parents[2]
# So many requests come from one address here that only the tests of limits may meet one.
UNLIMITED = {"EDGE_RATE": "5000", "EDGE_BURST": "5000", "EDGE_CONNECTIONS": "500"}
IMPATIENT = {"EDGE_HEADER_TIMEOUT": "1", "EDGE_BODY_TIMEOUT": "1"}
Starter = Callable[..., Edge]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    problem = local_edge.missing()
    for item in items:
        if problem and Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=problem))


@pytest.fixture(scope="package")
def kestra() -> Iterator[Kestra]:
    """The intake flow, with its own trigger and without its work: what arrives is what these tests look at."""
    namespace, flow_id = FLOW.split("/")
    triggers = yaml.safe_load((ROOT / f"flows/tickets/{flow_id}.yaml").read_text())["triggers"]
    tasks = [{"id": "taken", "type": "io.kestra.plugin.core.log.Log", "message": "taken"}]
    flow = {"id": flow_id, "namespace": namespace, "tasks": tasks, "triggers": triggers}
    config = engine.EngineConfig(secrets={"WHATSAPP_WEBHOOK_KEY": KEY})
    running = engine.start(config)
    auth = (config.username, config.password)
    try:
        headers = {"Content-Type": "application/x-yaml"}
        url = f"{running.url}/api/v1/main/flows"
        requests.post(url, yaml.safe_dump(flow), headers=headers, auth=auth, timeout=30).raise_for_status()
        yield Kestra(running.url, auth)
    finally:
        running.stop()


@pytest.fixture(scope="package")
def edge(kestra: Kestra) -> Iterator[Edge]:
    """Plain HTTP, as behind a load balancer."""
    running = local_edge.start(EdgeConfig(kestra.upstream, SECRETS, settings=UNLIMITED | IMPATIENT))
    yield running
    running.stop()


@pytest.fixture(scope="package")
def tls_edge(kestra: Kestra) -> Iterator[Edge]:
    running = local_edge.start(EdgeConfig(kestra.upstream, SECRETS, tls=True, settings=UNLIMITED | IMPATIENT))
    yield running
    running.stop()


@pytest.fixture
def start_edge() -> Iterator[Starter]:
    """An edge of the test's own, for settings and faults that others must not meet."""
    started: list[Edge] = []

    def start(upstream: str = "127.0.0.1:9", secrets: dict[str, str] = SECRETS, **settings: str) -> Edge:
        started.append(local_edge.start(EdgeConfig(upstream, secrets, settings=UNLIMITED | IMPATIENT | settings)))
        return started[-1]

    yield start
    for running in started:
        if running.folder.exists():
            running.stop()
