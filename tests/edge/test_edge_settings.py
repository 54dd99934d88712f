"""render.sh: settings that are values and nothing more, secrets that are usable, and a hook for each public trigger."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml
from edgekit import SECRETS

from local.edge import EDGE, EdgeError
from tools.secrets.catalogue import needed_by

ROOT = Path(__file__).resolve().parents[2]
HOOKS = (EDGE / "hooks.js").read_text()
# Webhook triggers that nobody outside may call, as namespace/id of their flow, with the reason.
PRIVATE: dict[str, str] = {"opsflows.leads/hubspot_update_estado_interes": "for systems within; it answers"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EDGE_SERVER_NAME", ""),
        ("EDGE_SERVER_NAME", "a b"),
        ("EDGE_SERVER_NAME", "a; return 200"),
        ("EDGE_SERVER_NAME", "a\nb"),
        ("EDGE_UPSTREAM", "kestra"),
        ("EDGE_UPSTREAM", "kestra:8080/path"),
        ("EDGE_UPSTREAM", "kestra:8080; error_log /tmp/x debug"),
        ("EDGE_CONSOLE", "console"),
        ("EDGE_CONSOLE", "console:8070/tickets"),
        ("EDGE_TLS", "yes"),
        ("EDGE_MAX_BODY", "3 MB"),
        ("EDGE_RATE", "0"),
        ("EDGE_RATE", "many"),
        ("EDGE_TRUSTED_PROXIES", "10.0.0.0/8; deny all"),
        ("EDGE_CERT_DIR", "/etc/$(id)"),
        ("EDGE_WORKERS", "-1"),
    ],
)
def test_a_value_of_the_wrong_form_is_refused_by_its_name(start_edge, name, value):
    with pytest.raises(EdgeError, match=rf"{name} has .*\.env"):
        start_edge(**{name: value})


@pytest.mark.parametrize("name", sorted(set(SECRETS) - {"WHATSAPP_APP_SECRET_PREVIOUS"}))
def test_a_missing_secret_is_refused_by_its_name(start_edge, name):
    with pytest.raises(EdgeError, match=rf"{name} \(missing or blank\).*Put each into its own file"):
        start_edge(secrets={key: value for key, value in SECRETS.items() if key != name})


def test_the_secret_before_may_be_missing(start_edge):
    assert start_edge(secrets={key: value for key, value in SECRETS.items() if not key.endswith("PREVIOUS")})


def test_the_script_the_hooks_and_the_catalogue_name_the_same_secrets():
    rendered = re.findall(r"^(required|optional)='(.*)'$", (EDGE / "render.sh").read_text(), re.MULTILINE)
    by_kind = {kind: set(names.split()) for kind, names in rendered}
    assert by_kind["required"] == {secret.name for secret in needed_by("edge") if secret.required}
    assert by_kind["optional"] == {secret.name for secret in needed_by("edge") if not secret.required}
    assert set(re.findall(r"'([A-Z][A-Z_]+_[A-Z_]+)'", HOOKS)) == by_kind["required"] | by_kind["optional"]


def webhooks() -> dict[str, dict]:
    """Every webhook trigger of the flows, by namespace/id of its flow."""
    flows = [yaml.safe_load(path.read_text()) for path in sorted((ROOT / "flows").rglob("*.yaml"))]
    return {
        f"{flow['namespace']}/{flow['id']}": trigger
        for flow in flows
        for trigger in flow.get("triggers", [])
        if trigger["type"].endswith(".Webhook")
    }


def test_every_webhook_has_a_public_hook_or_is_named_private():
    public = dict(re.findall(r"flow: '([^']+)',\s+key: '([^']+)'", HOOKS))
    found = webhooks()
    assert found
    assert set(found) == set(public) | set(PRIVATE), "add a hook to edge/hooks.js, or name the flow in PRIVATE"
    for flow, key in public.items():
        assert found[flow]["key"] == f"{{{{ secret('{key}') }}}}"
        assert found[flow]["fetchType"] == "STORE", "or the flow could not verify the bytes itself"
        # 204 and other codes are failures to a provider, which then sends again for days.
        assert not {"when", "responseCode", "wait"} & set(found[flow])


def test_every_setting_is_documented_with_its_default():
    checked = re.findall(r"^checked (EDGE_\w+) ('[^']*'|\"\S+|\S+) ", (EDGE / "render.sh").read_text(), re.MULTILINE)
    rows = re.findall(r"^\| `(EDGE_\w+)` \| (.*?) \|", (ROOT / "docs/edge.md").read_text(), re.MULTILINE)
    assert {name for name, _ in checked} == {name for name, _ in rows}
    fixed = {name: f"`{default}`" for name, default in checked if default[0] not in "\"'"}
    assert len(fixed) > 20
    assert {name: told for name, told in rows if name in fixed} == fixed


@pytest.mark.parametrize("script", ["render.sh", "reload.sh"])
def test_the_scripts_are_portable(script):
    """The official image comes with dash or with busybox."""
    assert (EDGE / script).stat().st_mode & 0o111, "the image's entrypoint passes over what is not executable"
    assert subprocess.run(["sh", "-n", EDGE / script], check=False).returncode == 0
