"""From a line of a container to a document that Elasticsearch takes: nothing in it twice, everything of its type."""

import json
from collections import Counter

import fluentkit
import imagekit
import pytest

STORE = imagekit.ROOT / "monitoring/elasticsearch"
TEMPLATE = json.loads((STORE / "index-template.json").read_text())["template"]
MAPPED = TEMPLATE["mappings"]["properties"]
# What the engine's encoder wrote: it nests nothing, and has dots in its names.
OF_A_TASK = {
    "@timestamp": "2026-11-22T12:33:08.382Z",
    "log.level": "INFO",
    "message": "a task says this",
    "ecs.version": "1.2.0",
    "process.thread.name": "worker-default_5",
    "log.logger": "flow.main.opsflows.tickets.whatsapp_ticket_process.read",
    "taskRunId": "3xAwVDLSGZkgLMiK6ZHh8p",
    "executionId": "50oHfp908IISHMOMODMiMO",
    "tenantId": "main",
    "namespace": "opsflows.tickets",
    "flowId": "whatsapp_ticket_process",
    "taskId": "read",
}
OURS = {
    "timestamp": "2026-11-22T12:33:08.380113Z",
    "level": "warning",
    "logger": "read",
    "event": "http.retry",
    "namespace": "opsflows.tickets",
    "flow_id": "whatsapp_ticket_process",
    "execution_id": "50oHfp908IISHMOMODMiMO",
    "attempt": 2,
    "status": 503,
    "error": "The provider is away.",
    "message": "a fact of ours may have this name",
}
EXCEPTION = {"error.type": "java.lang.X", "error.message": "denied", "error.stack_trace": "java.lang.X: denied\n\tat"}
LINES = {
    "kestra": OF_A_TASK,
    "kestra_exception": OF_A_TASK | EXCEPTION | {"log.level": "ERROR"},
    "task": OF_A_TASK | {"message": json.dumps(OURS)},
    "console": OURS,
    "etl_status": OURS | {"status": "succeeded"},
    "plain": "Picked up JAVA_TOOL_OPTIONS: -Dlogback.configurationFile=/opt/opsflows/logback.xml",
    "number": "42",
}


def document(name: str) -> fluentkit.Record:
    line = LINES[name]
    return fluentkit.document(line if isinstance(line, str) else json.dumps(line))


@pytest.mark.parametrize("name", LINES)
def test_no_name_is_there_twice(name):
    counts = Counter(name for name, _ in document(name))
    assert [name for name, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("name", LINES)
def test_no_value_is_of_a_kind_that_its_field_refuses(name):
    """A number that is none is passed over (`ignore_malformed`), text where an object should be is not."""
    assert TEMPLATE["settings"]["index.mapping.ignore_malformed"]
    assert [name for name in MAPPED if "." in name] == []
    for field, value in document(name):
        kind = MAPPED.get(field, {"type": "object"})["type"]
        assert kind == "object" or not isinstance(value, dict), field
        assert field not in MAPPED or kind != "object" or MAPPED[field].get("enabled") is False, field


def test_a_task_s_line_has_kestra_s_fields_and_ours():
    found = dict(document("task"))
    assert (found["event"], found["executionId"], found["log_level"]) == (
        "http.retry",
        "50oHfp908IISHMOMODMiMO",
        "INFO",
    )
    assert found["namespace"] == "opsflows.tickets"
    assert found["container"] == "opsflows-kestra-1"


@pytest.mark.parametrize(
    ("name", "text"), [("kestra", OF_A_TASK["message"]), ("plain", LINES["plain"]), ("number", "42")]
)
def test_what_is_no_line_of_ours_is_a_message(name, text):
    found = dict(document(name))
    assert found["message"].strip() == text
    assert "log" not in found


def test_an_index_of_a_day_is_deleted_in_the_end():
    """A rollover wants an alias, which indices of Logstash_Format have not: the policy would stop there for ever."""
    phases = json.loads((STORE / "lifecycle.json").read_text())["policy"]["phases"]
    assert phases == {"delete": {"min_age": "30d", "actions": {"delete": {}}}}


def test_what_cannot_be_sent_is_bounded():
    (output,) = (dict(section) for section in fluentkit.sections("OUTPUT"))
    assert output["Retry_Limit"].strip().isdigit()
    assert output["storage.total_limit_size"].strip() == "1G"
