"""The key-value store by Kestra's own SDK; the time to live by its header, which the SDK does not send."""

import pytest
from kestrapy.exceptions import NotFoundException, UnprocessableEntityException

pytestmark = pytest.mark.engine


@pytest.fixture
def namespace(kestra):
    # A key-value store belongs to a namespace that exists, and a namespace exists by its flows.
    kestra.deploy(
        "id: kv_holder\nnamespace: NAMESPACE\ntasks: [{id: t, type: io.kestra.plugin.core.log.Log, message: m}]"
    )
    return kestra.namespace


@pytest.mark.parametrize(
    ("written", "kind", "value"),
    [
        ('"text"', "STRING", "text"),
        ("12", "NUMBER", 12),
        ("true", "BOOLEAN", True),
        ('{"a": [1, "b"]}', "JSON", {"a": [1, "b"]}),
    ],
)
def test_values_keep_their_type(kestra, namespace, written, kind, value):
    kestra.client.kv.set_key_value(namespace, "typed", "main", written)
    read = kestra.client.kv.key_value(namespace, "typed", "main")
    assert (read.type.value, read.value) == (kind, value)


def test_a_deleted_key_is_gone(kestra, namespace):
    kestra.client.kv.set_key_value(namespace, "short", "main", "1")
    assert kestra.client.kv.delete_key_value(namespace, "short", "main") is True
    assert kestra.client.kv.delete_key_value(namespace, "short", "main") is False
    with pytest.raises(NotFoundException):
        kestra.client.kv.key_value(namespace, "short", "main")


def test_a_key_expires_after_its_time_to_live(kestra, namespace):
    path = f"/namespaces/{namespace}/kv/brief"
    headers = {"ttl": "PT4S", "Content-Type": "text/plain"}
    assert kestra.api("PUT", path, data="1", headers=headers).status_code == 200
    assert kestra.api("GET", path).status_code == 200
    kestra.until(lambda: kestra.api("GET", path).status_code, lambda status: status in (404, 410))


def test_writes_count_revisions(kestra, namespace):
    for value in ("1", "2"):
        kestra.client.kv.set_key_value(namespace, "counted", "main", value)
    assert kestra.client.kv.key_value(namespace, "counted", "main").revision == 2


def test_the_listing_shows_keys_of_the_namespace(kestra, namespace):
    kestra.client.kv.set_key_value(namespace, "listed", "main", "1")
    of_namespace = {"field": "namespace", "operation": "EQUALS", "value": namespace}
    page = kestra.client.kv.list_all_keys("main", size=100, filters=[of_namespace])
    assert "listed" in [entry.key for entry in page.results]


def test_a_value_that_is_no_json_is_refused(kestra, namespace):
    with pytest.raises(UnprocessableEntityException):
        kestra.client.kv.set_key_value(namespace, "broken", "main", '{"a": ')


def test_a_key_with_a_colon_is_refused(kestra, namespace):
    with pytest.raises(UnprocessableEntityException):
        kestra.client.kv.set_key_value(namespace, "a:b", "main", "1")


def test_a_child_reads_its_parents_keys(kestra, namespace):
    kestra.client.kv.set_key_value(namespace, "inherited", "main", '"from the parent"')
    kestra.client.flows.create_flow(
        "main",
        f"""
        id: kv_child
        namespace: {namespace}.child
        tasks: [{{id: t, type: io.kestra.plugin.core.log.Log, message: m}}]
        outputs: [{{id: value, type: STRING, value: "{{{{ kv('inherited') }}}}"}}]
        """,
    )
    execution = kestra.client.executions.create_execution("main", f"{namespace}.child", "kv_child", wait=True)
    kestra.client.flows.delete_flow(f"{namespace}.child", "kv_child", "main")
    assert kestra.outputs(execution.id) == {"value": "from the parent"}
