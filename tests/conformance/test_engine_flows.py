"""Flows by Kestra's own SDK: create, update, validate, read, list, search, delete."""

import pytest
from kestrapy.exceptions import ConflictException, NotFoundException

pytestmark = pytest.mark.engine

FLOW = """
id: FLOW
namespace: NAMESPACE
description: first
tasks:
  - id: say
    type: io.kestra.plugin.core.log.Log
    message: hello
"""


def source(kestra, flow_id):
    return FLOW.replace("FLOW", flow_id).replace("NAMESPACE", kestra.namespace)


def test_a_created_flow_reads_back_with_its_source(kestra):
    created = kestra.client.flows.create_flow("main", source(kestra, "created"))
    read = kestra.client.flows.flow(kestra.namespace, "created", "main", source=True)
    assert (created.revision, read.revision) == (1, 1)
    assert read.source.strip() == source(kestra, "created").strip()


def test_an_update_makes_a_revision_and_the_same_source_makes_none(kestra):
    kestra.client.flows.create_flow("main", source(kestra, "updated"))
    changed = source(kestra, "updated").replace("first", "second")
    assert kestra.client.flows.update_flow(kestra.namespace, "updated", "main", changed).revision == 2
    assert kestra.client.flows.update_flow(kestra.namespace, "updated", "main", changed).revision == 2
    revisions = kestra.client.flows.list_flow_revisions(kestra.namespace, "updated", "main")
    assert [revision.revision for revision in revisions] == [1, 2]
    first = kestra.client.flows.flow(kestra.namespace, "updated", "main", revision=1)
    assert first.description == "first"


def test_a_second_create_of_the_same_id_is_refused(kestra):
    kestra.client.flows.create_flow("main", source(kestra, "twice"))
    with pytest.raises(ConflictException, match="already exists"):
        kestra.client.flows.create_flow("main", source(kestra, "twice"))


def test_lists_and_searches_find_the_flow(kestra):
    kestra.client.flows.create_flow("main", source(kestra, "findable"))
    listed = kestra.client.flows.list_flows_by_namespace(kestra.namespace, "main")
    assert "findable" in [flow.id for flow in listed]
    by_namespace = {"field": "namespace", "operation": "EQUALS", "value": kestra.namespace}
    by_id = {"field": "flowId", "operation": "EQUALS", "value": "findable"}
    found = kestra.client.flows.search_flows("main", filters=[by_namespace, by_id])
    assert (found.total, found.results[0].id) == (1, "findable")
    assert kestra.namespace in kestra.client.flows.list_distinct_namespaces("main", q=kestra.namespace)


def test_a_deleted_flow_is_gone_and_can_be_created_again(kestra):
    kestra.client.flows.create_flow("main", source(kestra, "deleted"))
    kestra.client.flows.delete_flow(kestra.namespace, "deleted", "main")
    with pytest.raises(NotFoundException):
        kestra.client.flows.flow(kestra.namespace, "deleted", "main")
    assert kestra.client.flows.create_flow("main", source(kestra, "deleted")).revision == 3


def test_validation_passes_a_good_flow_and_names_what_is_wrong_with_a_bad_one(kestra):
    good = kestra.client.flows.validate_flows("main", source(kestra, "good"))
    assert [violation.constraints for violation in good] == [None]
    bad = kestra.client.flows.validate_flows("main", source(kestra, "bad").replace("message:", "mesage:"))
    assert "mesage" in bad[0].constraints


def test_validation_reads_several_documents(kestra):
    both = source(kestra, "one") + "---" + source(kestra, "two").replace("core.log.Log", "core.log.Lag")
    first, second = kestra.client.flows.validate_flows("main", both)
    assert (first.flow, first.constraints) == ("one", None)
    assert "core.log.Lag" in second.constraints


@pytest.mark.parametrize("gone", ["io.kestra.plugin.core.flow.ForEach", "io.kestra.plugin.core.flow.EachParallel"])
def test_types_that_2_0_dropped_do_not_validate(kestra, gone):
    flow = source(kestra, "old").replace("io.kestra.plugin.core.log.Log", gone)
    assert gone in kestra.client.flows.validate_flows("main", flow)[0].constraints


def test_an_invalid_flow_is_refused_with_the_path_of_the_property(kestra):
    flow = source(kestra, "invalid").replace("    message: hello\n", "")
    answer = kestra.api("POST", "/flows", data=flow, headers={"Content-Type": "application/x-yaml"})
    body = answer.json()
    assert answer.status_code == 422
    assert body["message"].startswith("Invalid entity")
    assert body["_links"]["self"]["href"] == "/api/v1/main/flows"
    assert [error["path"] for error in body["_embedded"]["errors"]] == ["tasks[0].message"]


@pytest.mark.parametrize("auth", [None, ("admin@example.org", "Wrong1234")])
def test_the_api_wants_the_right_credentials(kestra, auth):
    import requests

    assert requests.get(f"{kestra.url}/api/v1/main/flows/search", auth=auth, timeout=10).status_code == 401


def test_ping_is_open(kestra):
    import requests

    assert requests.get(f"{kestra.url}/ping", timeout=10).text == "pong"
