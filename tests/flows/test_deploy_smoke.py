"""The flow deploy_smoke on the real engine: a good release passes, each fault makes its execution fail by name."""

import json

import pytest
import requests
from flowkit import wait_for

from kit import db
from kit.settings import SETTINGS_FILE
from tools.deploy import release
from tools.deploy.server import NAMESPACE, Server

pytestmark = pytest.mark.engine
VERSION = release.load().version


@pytest.fixture
def server(stack):
    return Server(stack.target)


@pytest.fixture
def smoke(stack):
    """Runs the flow to its end; returns state, outputs, and what its logs say."""

    def api(method, route, **params):
        target = stack.target
        url = f"{target.url}/api/v1/main/{route}"
        answer = requests.request(method, url, params=params, auth=(target.username, target.password), timeout=60)
        answer.raise_for_status()
        return answer.json()

    def run(flow="deploy_smoke"):
        ended = api("POST", f"executions/opsflows.platform/{flow}", wait="true")
        outputs = api("GET", f"outputs/executions/{ended['id']}")
        state = ended["state"]["current"]
        return state, outputs, " ".join(line["message"] for line in logs(ended["id"], state) if line.get("message"))

    def logs(execution_id, state):
        """Kestra stores them a moment after the end; of an execution that failed, one tells why."""

        def complete():
            lines = api("GET", f"logs/{execution_id}")
            told = state != "FAILED" or any(line["level"] == "ERROR" for line in lines)
            return [lines] if told else None

        return wait_for(complete, f"the logs of {execution_id}")[0]

    return run


def checks(outputs):
    found = outputs["checks"]
    return {check["name"]: check for check in (json.loads(found) if isinstance(found, str) else found)}


def failed(result):
    """The checks that failed, of an execution that must have failed."""
    state, outputs, said = result
    assert (state, outputs["outcome"]) == ("FAILED", "smoke_failed")
    wrong = {name: check["message"] for name, check in checks(outputs).items() if not check["ok"]}
    assert all(f"{name}: {message}" in said for name, message in wrong.items())
    return wrong


def test_a_good_release_passes(smoke):
    state, outputs, _ = smoke()
    assert (state, outputs["outcome"], outputs["release"]) == ("SUCCESS", "ok", VERSION)
    assert all(check["ok"] for check in checks(outputs).values())
    assert "files as deployed" in checks(outputs)["files"]["message"]
    assert sum(check["seconds"] for check in checks(outputs).values()) < 20


def test_a_file_that_is_missing_on_the_server_is_named(smoke, server):
    path = "namespace_files/messages/en.json"
    content = server.read_file(NAMESPACE, f"/{VERSION}/{path}")
    server.delete_file(NAMESPACE, f"/{VERSION}/{path}")
    try:
        assert failed(smoke()) == {"files": f"missing: {path}. Deploy the release again."}
    finally:
        server.write_file(NAMESPACE, f"/{VERSION}/{path}", content)


def test_a_migration_that_is_missing_in_the_database_is_named(smoke, stack):
    with db.connect(stack.postgres.dsn) as conn:
        newest = "(select max(version) from ops.schema_migrations)"
        [row] = db.fetch_all(conn, f"delete from ops.schema_migrations where version = {newest} returning *")  # noqa: S608
        wrong = failed(smoke())
        assert wrong == {"database": f"The database lacks {row['name']}. Run the flow schema_migrate."}
    assert smoke("schema_migrate")[0] == "SUCCESS"
    assert smoke()[0] == "SUCCESS"


def test_wrong_settings_in_the_release_are_named_with_their_file(smoke, server):
    path = f"/{VERSION}/{SETTINGS_FILE}"
    assert server.read_file(NAMESPACE, path) is None, "a release without --env has none, and its tasks run"
    server.write_file(NAMESPACE, path, b'{"OPSFLOWS_IMAGE_MAX_BYTES": "many"}')
    try:
        wrong = failed(smoke())
    finally:
        server.delete_file(NAMESPACE, path)
    # The database is found by a setting, so it cannot be checked either.
    assert list(wrong) == ["settings", "database"]
    assert "OPSFLOWS_IMAGE_MAX_BYTES: Input should be a valid integer" in wrong["settings"]
    assert f"(in {SETTINGS_FILE})" in wrong["settings"]


def test_the_settings_of_the_release_reach_its_tasks(smoke, server):
    path = f"/{VERSION}/{SETTINGS_FILE}"
    server.write_file(NAMESPACE, path, b'{"OPSFLOWS_REVIEW_MIN_SCORE": 7}')
    try:
        state, _, said = smoke("schema_migrate")
    finally:
        server.delete_file(NAMESPACE, path)
    assert state == "FAILED"
    assert "OPSFLOWS_REVIEW_MIN_SCORE" in said
