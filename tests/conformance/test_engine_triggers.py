"""Triggers by Kestra's own SDK: list, disable, backfill; and flows that other flows trigger."""

import pytest
from kestrapy.exceptions import NotFoundException

pytestmark = pytest.mark.engine

DAILY = """
id: FLOW
namespace: NAMESPACE
tasks:
  - {id: t, type: io.kestra.plugin.core.debug.Return, format: "{{ trigger.date }}"}
triggers:
  - {id: daily, type: io.kestra.plugin.core.trigger.Schedule, cron: "0 5 * * *"}
"""


def state(kestra, flow_id):
    page = kestra.client.triggers.search_triggers_for_flow("main", kestra.namespace, flow_id)
    return page["results"][0] if page["results"] else None


def scheduled(kestra, flow_id):
    kestra.deploy(DAILY.replace("FLOW", flow_id))
    return kestra.until(lambda: state(kestra, flow_id), lambda found: found and found.get("nextEvaluationDate"))


def test_a_schedule_shows_its_next_date(kestra):
    found = scheduled(kestra, "shown")
    assert (found["triggerId"], found["disabled"]) == ("daily", False)
    assert "T05:00:00" in found["nextEvaluationDate"]
    by_flow = {"field": "flowId", "operation": "EQUALS", "value": "shown"}
    of_namespace = {"field": "namespace", "operation": "EQUALS", "value": kestra.namespace}
    page = kestra.client.triggers.search_triggers("main", filters=[by_flow, of_namespace])
    assert page["results"][0]["trigger"]["cron"] == "0 5 * * *"


def test_a_trigger_is_switched_off_and_on(kestra):
    scheduled(kestra, "switched")
    name = {"namespace": kestra.namespace, "flowId": "switched", "triggerId": "daily"}
    kestra.client.triggers.disable_trigger_by_id("main", {**name, "disabled": True})
    assert state(kestra, "switched")["disabled"] is True
    kestra.client.triggers.disable_trigger_by_id("main", {**name, "disabled": False})
    assert state(kestra, "switched")["disabled"] is False


def test_an_unknown_trigger_is_not_found(kestra):
    name = {"namespace": kestra.namespace, "flowId": "nobody", "triggerId": "daily"}
    with pytest.raises(NotFoundException):
        kestra.client.triggers.disable_trigger_by_id("main", {**name, "disabled": True})


def test_a_backfill_runs_each_past_date_once(kestra):
    scheduled(kestra, "backfilled")
    name = {"namespace": kestra.namespace, "flowId": "backfilled", "triggerId": "daily"}
    window = {
        "start": "2026-01-01T00:00:00Z",
        "end": "2026-01-03T12:00:00Z",
        "labels": [{"key": "reason", "value": "test"}],
    }
    kestra.client.triggers.create_backfill("main", {**name, "backfill": window})
    filters = {"filters[flowId][EQUALS]": "backfilled", "filters[namespace][EQUALS]": kestra.namespace}

    def done():
        page = kestra.api(
            "GET", "/executions/search", params={**filters, "filters[state][EQUALS]": "SUCCESS", "size": 50}
        )
        return page.json()["results"]

    rows = kestra.until(done, lambda found: len(found) == 3)
    dates = sorted(row["trigger"]["variables"]["date"][:10] for row in rows)
    assert dates == ["2026-01-01", "2026-01-02", "2026-01-03"]
    assert all({"key": "reason", "value": "test"} in row["labels"] for row in rows)


def test_a_flow_starts_when_another_ends(kestra):
    kestra.deploy(
        "id: upstream\nnamespace: NAMESPACE\ntasks: [{id: t, type: io.kestra.plugin.core.log.Log, message: m}]"
    )
    kestra.deploy(
        """
        id: downstream
        namespace: NAMESPACE
        tasks: [{id: t, type: io.kestra.plugin.core.log.Log, message: m}]
        triggers:
          - id: after
            type: io.kestra.plugin.core.trigger.Flow
            dependsOn: [{namespace: NAMESPACE, flowId: upstream, states: [SUCCESS]}]
        """
    )
    kestra.run("upstream")
    filters = {"filters[flowId][EQUALS]": "downstream", "filters[namespace][EQUALS]": kestra.namespace}
    kestra.until(
        lambda: kestra.api("GET", "/executions/search", params=filters).json()["total"], lambda total: total == 1
    )


def test_a_subflow_returns_its_outputs(kestra):
    kestra.deploy(
        "id: inner\nnamespace: NAMESPACE\ninputs: [{id: n, type: INT}]\n"
        "tasks: [{id: t, type: io.kestra.plugin.core.log.Log, message: m}]\n"
        'outputs: [{id: double, type: INT, value: "{{ inputs.n * 2 }}"}]'
    )
    kestra.deploy(
        """
        id: outer
        namespace: NAMESPACE
        tasks:
          - id: call
            type: io.kestra.plugin.core.flow.Subflow
            namespace: NAMESPACE
            flowId: inner
            inputs: {n: 21}
        outputs: [{id: answer, type: INT, value: "{{ outputs.call.outputs.double }}"}]
        """
    )
    assert kestra.outputs(kestra.run("outer").id) == {"answer": 42}


def test_a_loop_runs_each_value(kestra):
    kestra.deploy(
        """
        id: loops
        namespace: NAMESPACE
        tasks:
          - id: each
            type: io.kestra.plugin.core.flow.Loop
            values: ["a", "b", "c"]
            concurrencyLimit: 2
            tasks: [{id: say, type: io.kestra.plugin.core.debug.Return, format: "{{ item.value }}!"}]
            outputs: [{id: said, type: STRING, value: "{{ outputs.say.value }}"}]
        outputs: [{id: all, type: JSON, value: "{{ loopOutputs(outputs.each.outputs, 'said') | toJson }}"}]
        """
    )
    # With a concurrency of two, Kestra lists the iterations as they end.
    assert sorted(kestra.outputs(kestra.run("loops").id)["all"]) == ["a!", "b!", "c!"]
