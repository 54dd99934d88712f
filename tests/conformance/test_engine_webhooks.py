"""Webhooks over plain HTTP, as a provider calls them: no credentials, exact bytes, every documented answer."""

import hashlib
import hmac
from concurrent.futures import ThreadPoolExecutor

import pytest

pytestmark = pytest.mark.engine

BINARY = bytes(range(256)) * 300
SECRET = b"app secret"

STORES = """
id: stores
namespace: NAMESPACE
tasks:
  - id: verify
    type: io.kestra.plugin.scripts.python.Script
    taskRunner: {type: io.kestra.plugin.core.runner.Process}
    inputFiles: {body.bin: "{{ trigger.uri ?? '' }}"}
    env: {HEADERS: "{{ trigger.headers | toJson }}"}
    script: |
      import hashlib, hmac, json, os, pathlib
      body = pathlib.Path("body.bin").read_bytes()
      headers = {k.lower(): v for k, v in json.loads(os.environ["HEADERS"]).items()}
      expected = hmac.new(b"app secret", body, hashlib.sha256).hexdigest()
      given = headers.get("x-hub-signature-256", [""])[0]
      result = {"verified": hmac.compare_digest("sha256=" + expected, given), "size": len(body)}
      print("::" + json.dumps({"outputs": result}) + "::")
outputs:
  - {id: verified, type: BOOL, value: "{{ outputs.verify.vars.verified }}"}
  - {id: size, type: INT, value: "{{ outputs.verify.vars.size }}"}
triggers:
  - {id: hook, type: io.kestra.plugin.core.trigger.Webhook, key: stores-key, fetchType: STORE}
"""

ECHOES = """
id: echoes
namespace: NAMESPACE
tasks:
  - {id: log, type: io.kestra.plugin.core.log.Log, message: called}
outputs:
  - {id: body, type: STRING, value: "{{ (trigger.body ?? '') | toJson }}"}
  - {id: parameters, type: STRING, value: "{{ trigger.parameters | toJson }}"}
  - {id: parts, type: STRING, value: "{{ (trigger.parts ?? []) | toJson }}"}
  - {id: fields, type: STRING, value: "{{ (trigger.formFields ?? {}) | toJson }}"}
triggers:
  - {id: hook, type: io.kestra.plugin.core.trigger.Webhook, key: echoes-key, wait: true, returnOutputs: true}
"""


@pytest.mark.parametrize("content_type", ["application/json", "application/octet-stream", "text/plain", None])
def test_a_stored_body_is_byte_exact_so_its_signature_verifies_in_the_flow(kestra, content_type):
    kestra.deploy(STORES)
    signature = "sha256=" + hmac.new(SECRET, BINARY, hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature-256": signature, "Content-Type": content_type}
    accepted = kestra.webhook("stores", "stores-key", data=BINARY, headers=headers)
    assert accepted.status_code == 200
    execution = kestra.ended(accepted.json()["id"])
    assert kestra.outputs(execution["id"]) == {"verified": True, "size": len(BINARY)}
    trigger = execution["trigger"]["variables"]
    assert "body" not in trigger
    assert kestra.client.executions.download_file_from_execution(execution["id"], trigger["uri"], "main") == BINARY


def test_an_empty_body_has_no_uri(kestra):
    kestra.deploy(STORES)
    accepted = kestra.webhook("stores", "stores-key")
    assert "uri" not in kestra.execution(accepted.json()["id"])["trigger"]["variables"]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_every_method_starts_the_flow(kestra, method):
    kestra.deploy(ECHOES)
    answer = kestra.webhook("echoes", "echoes-key", method=method, params={"a": ["1", "2"]})
    assert (answer.status_code, answer.json()["parameters"]) == (200, '{"a":["1","2"]}')


def test_a_json_body_is_read_and_a_binary_one_becomes_base64(kestra):
    kestra.deploy(ECHOES)
    assert kestra.webhook("echoes", "echoes-key", json={"a": [1]}).json()["body"] == '{"a":[1]}'
    headers = {"Content-Type": "application/octet-stream"}
    assert kestra.webhook("echoes", "echoes-key", data=b"\x00\xff", headers=headers).json()["body"] == '"AP8="'


def test_multipart_parts_are_stored_and_fields_are_read(kestra):
    import json

    kestra.deploy(ECHOES)
    parts = {"photo": ("receipt.jpg", BINARY, "image/jpeg"), "note": (None, "hello")}
    answer = kestra.webhook("echoes", "echoes-key", files=parts).json()
    [part] = json.loads(answer["parts"])
    assert (part["name"], part["filename"], part["contentType"], part["size"]) == (
        "photo",
        "receipt.jpg",
        "image/jpeg",
        len(BINARY),
    )
    assert json.loads(answer["fields"]) == {"note": ["hello"]}


@pytest.mark.parametrize(
    ("flow", "key", "suffix"),
    [
        ("never", "echoes-key", ""),
        ("echoes", "wrong-key", ""),
        ("echoes", "echoes-key", "/"),
        ("echoes", "echoes-key", "/more"),
        ("echoes", "echoes-key", "/more/still"),
    ],
)
def test_a_wrong_address_is_not_found(kestra, flow, key, suffix):
    kestra.deploy(ECHOES)
    assert kestra.webhook(flow, key, suffix=suffix, data=BINARY).status_code == 404


def test_a_condition_that_does_not_hold_starts_nothing(kestra):
    kestra.deploy(
        ECHOES.replace("id: echoes\n", "id: choosy\n").replace(
            "key: echoes-key", 'key: choosy-key, when: "{{ trigger.body.wanted == true }}"'
        )
    )
    assert kestra.webhook("choosy", "choosy-key", json={"wanted": False}).status_code == 204
    assert kestra.webhook("choosy", "choosy-key", json={"wanted": True}).status_code == 200


def test_inputs_that_do_not_render_are_unprocessable(kestra):
    kestra.deploy(
        ECHOES.replace("id: echoes\n", "id: strict\ninputs: [{id: n, type: INT}]\n").replace(
            "key: echoes-key", 'key: strict-key, inputs: {n: "{{ trigger.body.n }}"}'
        )
    )
    assert kestra.webhook("strict", "strict-key", json={"n": "no number"}).status_code == 422
    assert kestra.webhook("strict", "strict-key", json={"n": 4}).status_code == 200


def test_a_plain_text_answer_is_the_json_of_the_outputs(kestra):
    kestra.deploy(
        ECHOES.replace("id: echoes\n", "id: plain\n").replace(
            "key: echoes-key", "key: plain-key, responseContentType: text/plain, responseCode: 202"
        )
    )
    answer = kestra.webhook("plain", "plain-key", data="x", headers={"Content-Type": "text/plain"})
    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (202, "text/plain")
    assert answer.json()["body"] == '"x"'


def test_a_failed_run_that_was_waited_for_answers_500(kestra):
    kestra.deploy(
        ECHOES.replace("id: echoes\n", "id: failing\n")
        .replace(
            "{id: log, type: io.kestra.plugin.core.log.Log, message: called}",
            "{id: fail, type: io.kestra.plugin.core.execution.Fail}",
        )
        .replace("echoes-key", "failing-key")
    )
    assert kestra.webhook("failing", "failing-key").status_code == 500


def test_a_disabled_flow_or_trigger_answers_not_found(kestra):
    kestra.deploy(ECHOES.replace("id: echoes\n", "id: off\ndisabled: true\n"))
    kestra.deploy(ECHOES.replace("id: echoes\n", "id: trigger_off\n").replace("wait: true", "disabled: true"))
    assert kestra.webhook("off", "echoes-key").status_code == 404
    assert kestra.webhook("trigger_off", "echoes-key").status_code == 404


@pytest.mark.usefixtures("local_only")
def test_the_key_may_come_from_a_secret(kestra):
    kestra.deploy(
        ECHOES.replace("id: echoes\n", "id: secret_key\n").replace("echoes-key", "\"{{ secret('CONFORMANCE_KEY') }}\"")
    )
    assert kestra.webhook("secret_key", "key-from-a-secret").status_code == 200
    assert kestra.webhook("secret_key", "another").status_code == 404


def test_a_key_from_a_secret_that_is_missing_matches_nothing(kestra):
    kestra.deploy(
        ECHOES.replace("id: echoes\n", "id: no_secret\n").replace(
            "echoes-key", "\"{{ secret('NOWHERE_TO_BE_FOUND') }}\""
        )
    )
    assert kestra.webhook("no_secret", "anything").status_code == 404


def test_a_burst_of_200_calls_at_concurrency_20_is_all_accepted_and_none_doubled(kestra):
    kestra.deploy(
        ECHOES.replace("id: echoes\n", "id: burst\n")
        .replace("wait: true, returnOutputs: true", "fetchType: STORE")
        .replace("echoes-key", "burst-key")
    )
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda n: kestra.webhook("burst", "burst-key", data=f"{n}"), range(200)))
    assert {answer.status_code for answer in answers} == {200}
    accepted = {answer.json()["id"] for answer in answers}
    assert len(accepted) == 200
    filters = {"filters[flowId][EQUALS]": "burst", "filters[namespace][EQUALS]": kestra.namespace}

    def successes():
        page = kestra.api(
            "GET", "/executions/search", params={**filters, "filters[state][EQUALS]": "SUCCESS", "size": 500}
        )
        return {row["id"] for row in page.json()["results"]}

    kestra.until(successes, lambda ids: ids == accepted)
    assert kestra.api("GET", "/executions/search", params=filters).json()["total"] == 200
