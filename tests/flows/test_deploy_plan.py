"""The plan of a deploy: what it says, that it changes nothing, and that it shows no secret."""

import base64

import pytest
from deploykit import PLATFORM, TALK, files_of, filled, flows_of, quick

from tools.deploy import hidden, plan
from tools.deploy.server import Server

pytestmark = pytest.mark.engine
CANARY = "Canary-7f3a9c51d0"
LINES = "-----BEGIN THING-----\nMIIEvQIBADANBgkqhkiG9w0\nkqhkiG9w0BAQEFAASCBKcwg\n-----END THING-----"


def planned(project, server, **options):
    made = plan.make(project.load(), server, quick(**options))
    return plan.render(made)


class ReadOnly(Server):
    """A server on which any change is an error."""

    def _changed(self, *_arguments):
        raise AssertionError("a plan changed the server")

    write_file = delete_file = put_flow = delete_flow = write_value = delete_value = _changed


def test_the_plan_of_a_first_deploy(project, server):
    assert planned(project, ReadOnly(server.target)).splitlines() == [
        "Plan for 1.0.0; now: nothing",
        "Files: 2 written, 0 deleted, 0 unchanged",
        "  flows/demo: 1 written",
        "  scripts: 1 written",
        "Flows: 1 create, 0 update, 0 left over, 0 unchanged",
        "  create    opsflows.demo.talk",
    ]
    assert server.flows() == []
    assert server.folders("opsflows") == []


def test_the_plan_of_a_change_shows_each_changed_flow_as_a_diff(project, server):
    project.flow("demo", "same").flow("old", "gone").at("1.1.0.dev0").write("scripts/kit/old.py", "")
    project.deploy(server)
    project.remove("flows/old/gone.yaml")
    project.remove("scripts/kit/old.py")
    project.write("namespace_files/sql/queries/new.sql", "select 1")
    project.flow("demo", "talk", TALK.replace("tasks:", "description: changed\ntasks:", 1)).flow("demo", "added")
    before = (flows_of(server), files_of(server, "1.1.0.dev0"))
    shown = planned(project, ReadOnly(server.target), prune=True, migrate=True, smoke=True)
    assert shown.splitlines()[:11] == [
        "Plan for 1.1.0.dev0; now: 1.1.0.dev0",
        "Files: 3 written, 2 deleted, 2 unchanged",
        "  flows/demo: 2 written, 1 unchanged",
        "  flows/old: 1 deleted",
        "  namespace_files/sql: 1 written",
        "  scripts: 1 unchanged",
        "  scripts/kit: 1 deleted",
        "Flows: 1 create, 1 update, 1 delete, 1 unchanged",
        "  create    opsflows.demo.added",
        "  update    opsflows.demo.talk",
        "  delete    opsflows.old.gone",
    ]
    assert "\n--- server/opsflows.demo.talk\n+++ flows/demo/talk.yaml\n@@ -2,6 +2,7 @@\n" in shown
    assert "\n+description: changed\n" in shown
    assert "\n--- server/opsflows.demo.same" not in shown
    assert shown.endswith("The deploy also runs schema_migrate and deploy_smoke.")
    assert (flows_of(server), files_of(server, "1.1.0.dev0")) == before
    assert "  left over opsflows.old.gone (--prune deletes it)" in planned(project, server)


def test_invalid_flows_and_a_release_that_is_there_with_other_content_are_named(project, server):
    project.deploy(server)
    project.write("scripts/say.sh", "other")
    project.flow("demo", "bad", TALK.replace("core.flow.Pause", "core.flow.NoSuchTask"))
    made = plan.make(project.load(), server, quick())
    shown = plan.render(made)
    assert "REFUSED: invalid flow opsflows.demo.bad: " in shown
    assert "REFUSED: Release 1.0.0 is on the server with other content" in shown
    assert len(made.refusals) == 2


def test_no_secret_of_ours_is_shown_although_a_flow_on_the_server_holds_it(project, server, monkeypatch):
    monkeypatch.setenv("WHATSAPP_TOKEN", CANARY + "-plain")
    monkeypatch.setenv("SECRET_SOMETHING", base64.b64encode(f"{CANARY}-coded".encode()).decode())
    monkeypatch.setenv("MY_DATABASE_PASSWORD", CANARY + "-named")
    monkeypatch.setenv("SIGNING_KEY", LINES)
    hidden.register()
    # Somebody wrote them into the flow by hand, in the web editor; the deploy is about to mend that.
    leaked = "".join(f'  - {{id: l{n}, type: io.kestra.plugin.core.log.Log, message: "{CANARY}-{how}"}}\n'
                     for n, how in enumerate(("plain", "coded", "named")))  # fmt: skip
    block = "description: |\n" + "".join(f"  {line}\n" for line in LINES.splitlines())
    server.put_flow("opsflows.demo", "talk", filled(PLATFORM, "talk", "1.0.0", "opsflows.demo") + leaked + block)
    shown = planned(project, server)
    assert '-  - {id: l0, type: io.kestra.plugin.core.log.Log, message: "***"}' in shown
    assert CANARY not in shown
    for line in LINES.splitlines()[1:3]:
        assert line not in shown


def test_a_flow_that_differs_in_what_is_hidden_only_is_told(project, server, monkeypatch):
    monkeypatch.setenv("SLACK_BOT_TOKEN", CANARY + "-again")
    hidden.register()
    project.flow("demo", "talk", TALK + "description: xoxb-of-the-checkout\n")
    server.put_flow("opsflows.demo", "talk", filled(TALK, "talk", "1.0.0", "") + f"description: {CANARY}-again\n")
    shown = planned(project, server)
    assert "  update    opsflows.demo.talk" in shown
    assert "opsflows.demo.talk differs only in what is hidden here as secret" in shown
    assert CANARY not in shown
