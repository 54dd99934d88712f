"""deploy/kubernetes: valid by Kubernetes' schemas, as hardened as Docker Compose, and whole: what is named is there."""

import copy
import json
import re
import shutil
import subprocess
from pathlib import Path

import imagekit
import jsonschema
import kubekit
import pytest
import secretkit
import yaml

from tools.secrets import cluster

SERVICES = imagekit.compose()["services"]
CHART = json.loads((Path(__file__).parent / "kestra-chart-2.0.json").read_text())
PODS = kubekit.pods()
KUBECTL = shutil.which("kubectl")


def as_kubernetes(validator, definition, instance, _schema):
    """The keyword `k8s`: the value is one of Kubernetes' types."""
    del validator
    yield from kubekit.validator(definition).iter_errors(instance)


Chart = jsonschema.validators.extend(jsonschema.Draft202012Validator, {"k8s": as_kubernetes})


def chart_problems(values: dict) -> list[str]:
    return [error.message for error in Chart(CHART).iter_errors(values)]


@pytest.mark.parametrize("document", kubekit.documents(), ids=lambda it: f"{it['kind']}-{it['metadata']['name']}")
def test_each_manifest_is_valid_by_kubernetes_schema(document):
    assert kubekit.problems(document) == []


def test_the_schema_refuses_what_it_does_not_know():
    wrong = copy.deepcopy(kubekit.of_kind("Deployment")["console"])
    wrong["spec"]["template"]["spec"]["containers"][0]["memory"] = "1Gi"
    assert kubekit.problems(wrong)


def test_the_chart_knows_every_value():
    assert chart_problems(kubekit.values()) == []


@pytest.mark.parametrize(
    "path",
    ["deployments.worker.replica", "deployments.worker.resources.request", "common.livenessProbe.httpGet.uri"],
)
def test_a_value_that_the_chart_would_pass_over_is_refused(path):
    values = kubekit.values()
    *parents, last = path.split(".")
    inside = values
    for name in parents:
        inside = inside[name]
    inside[last] = "x"
    assert chart_problems(values)


def test_there_is_one_executor_and_never_two_at_a_time():
    for name in ("executor", "scheduler"):
        deployment = kubekit.values()["deployments"][name]
        assert (deployment["replicas"], deployment["strategy"]) == (1, {"type": "Recreate"}), name
        assert not deployment.get("autoscaler", {}).get("enabled")
        assert f"kestra-{name}" not in kubekit.of_kind("PodDisruptionBudget")


def test_only_the_workers_number_follows_the_load():
    deployments = kubekit.values()["deployments"]
    scaled = [name for name, one in deployments.items() if one.get("autoscaler", {}).get("enabled")]
    assert scaled == ["worker"]
    assert deployments["standalone"] == {"enabled": False}
    assert not kubekit.values()["dind"]["enabled"]


def test_tasks_have_as_long_to_end_as_in_docker_compose():
    values = kubekit.values()["common"]["terminationGracePeriodSeconds"]
    assert values == 60 * int(SERVICES["kestra"]["stop_grace_period"].removesuffix("m"))


@pytest.mark.parametrize("name", PODS)
def test_pods_run_as_nobody_special(name):
    spec = PODS[name]["spec"]
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"]
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in spec["containers"]:
        hardened = {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["securityContext"] == hardened
        assert set(container["resources"]["limits"]) == {"memory"}
        assert set(container["resources"]["requests"]) == {"cpu", "memory"}


def test_kestra_is_as_hardened_as_in_docker_compose():
    common = kubekit.values()["common"]
    assert common["podSecurityContext"]["runAsNonRoot"]
    assert common["securityContext"] == {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    assert kubekit.values()["serviceAccount"]["automount"] is False
    for name, deployment in kubekit.values()["deployments"].items():
        assert not deployment["enabled"] or deployment["resources"]["limits"]["memory"], name


@pytest.mark.parametrize("name", [name for name in PODS if not name.startswith("backup")])
def test_what_serves_has_probes(name):
    for container in PODS[name]["spec"]["containers"]:
        assert {"startupProbe", "readinessProbe", "livenessProbe"} <= set(container)


@pytest.mark.parametrize("service", ["console", "edge"])
def test_the_same_command_runs_as_in_docker_compose(service):
    container = PODS[service]["spec"]["containers"][0]
    compose = SERVICES[service]
    assert container["args"] == compose["command"]
    assert container.get("command") == compose.get("entrypoint")
    # What has a default in Docker Compose has it without Compose, too.
    needed = {name for name, value in compose["environment"].items() if ":-" not in str(value)}
    assert needed <= {one["name"] for one in container["env"]}


def test_java_s_share_of_the_memory_is_said_once_for_each_part():
    """The chart passes `jvm.extraOpts` on as _JAVA_OPTIONS, which win over JAVA_OPTS without a word."""
    values = kubekit.values()
    (options,) = [one["value"] for one in values["common"]["extraEnv"] if one["name"] == "JAVA_OPTS"]
    assert options == "-Dlogback.configurationFile=/opt/opsflows/logback.xml"
    shares = [values["common"]["jvm"]["extraOpts"], values["deployments"]["worker"]["jvm"]["extraOpts"]]
    assert all("-XX:MaxRAMPercentage=" in one and "-XX:+ExitOnOutOfMemoryError" in one for one in shares)


def test_every_secret_that_a_pod_mounts_is_made():
    made = cluster.contents(secretkit.good())
    mounted = {
        volume["secret"]["secretName"]
        for pod in PODS.values()
        for volume in pod["spec"]["volumes"]
        if "secret" in volume
    }
    referred = {one["secretRef"]["name"] for one in kubekit.values()["common"]["extraEnvFrom"]}
    assert mounted | referred == set(made)


def test_a_secret_holds_what_its_consumer_needs_and_no_more():
    made = cluster.contents(secretkit.good())
    for name, service in (("console-secrets", "console"), ("edge-secrets", "edge"), ("backup-secrets", "backup")):
        assert set(made[name]) == set(SERVICES[service]["secrets"]), name
    needed = set(re.findall(r"\$\{(KESTRA_\w*(?:PASSWORD|KEY))\}", (imagekit.ROOT / "application.yaml").read_text()))
    plain = {name for name in made[cluster.KESTRA] if not name.startswith("SECRET_")}
    assert plain == needed | {"PGPASSWORD", "OPSFLOWS_KESTRA_PASSWORD"}
    flows = {name.removeprefix("SECRET_") for name in made[cluster.KESTRA] if name.startswith("SECRET_")}
    # What application.yaml and tasks both need is there in both forms.
    assert flows - needed == set(SERVICES["kestra"]["secrets"]) - needed - {"OPSFLOWS_DB_PASSWORD"}


def test_no_manifest_holds_a_secret():
    kinds = {document["kind"] for document in kubekit.documents()}
    assert "Secret" not in kinds
    text = "".join(path.read_text() for path in kubekit.FOLDER.glob("*.yaml"))
    assert not re.search(r"(?i)password=|://[^/\s]+:[^/\s]+@", text)


def test_application_yaml_s_variables_are_set_or_have_a_default():
    common = kubekit.values()["common"]
    asked = set(re.findall(r"\$\{(KESTRA_\w+)\}", (imagekit.ROOT / "application.yaml").read_text()))
    given = {one["name"] for one in common["extraEnv"]} | set(cluster.contents(secretkit.good())[cluster.KESTRA])
    assert asked <= given


def test_storage_is_shared_where_there_are_many_machines():
    configured = yaml.safe_load((kubekit.FOLDER / "cluster.yaml").read_text())
    assert configured["kestra"]["storage"]["type"] != "local"
    (endpoint,) = configured["kestra"]["worker"]["controllers"]["static"]["endpoints"]
    assert endpoint == {"host": f"{kubekit.values()['fullnameOverride']}-controller", "port": 50051}
    # The later file wins, so what a cluster says must come last.
    assert [one["key"] for one in kubekit.values()["configurations"]["configmaps"]][-1] == "cluster.yaml"


def test_generated_files_exist():
    kustomization = yaml.safe_load((kubekit.FOLDER / "kustomization.yaml").read_text())
    for generator in kustomization["configMapGenerator"]:
        for file in generator["files"]:
            assert (kubekit.FOLDER / file.rpartition("=")[2]).is_file(), file
    names = {generator["name"] for generator in kustomization["configMapGenerator"]}
    assert {one["name"] for one in kubekit.values()["configurations"]["configmaps"]} <= names


def test_every_budget_and_policy_selects_something():
    labels = [pod["metadata"]["labels"] for pod in PODS.values()]
    labels += [
        {
            "app.kubernetes.io/name": "kestra",
            "app.kubernetes.io/instance": "kestra",
            "app.kubernetes.io/component": name,
        }
        for name, deployment in kubekit.values()["deployments"].items()
        if deployment["enabled"]
    ]
    # A pod that cert-manager makes while it gets a certificate.
    labels.append({"acme.cert-manager.io/http01-solver": "true"})
    selectors = [one["spec"]["selector"] for one in kubekit.of_kind("PodDisruptionBudget").values()]
    selectors += [one["spec"]["podSelector"] for one in kubekit.of_kind("NetworkPolicy").values()]
    for selector in selectors:
        wanted = selector.get("matchLabels", {}).items()
        assert any(wanted <= label.items() for label in labels), selector


def test_nothing_is_reached_that_no_policy_names():
    policies = kubekit.of_kind("NetworkPolicy")
    assert policies["nothing-by-default"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    (controller,) = policies["kestra-controller"]["spec"]["ingress"]
    assert [one["podSelector"]["matchLabels"]["app.kubernetes.io/component"] for one in controller["from"]] == [
        "worker"
    ]
    (internet,) = policies["internet"]["spec"]["egress"]
    assert "169.254.0.0/16" in internet["to"][0]["ipBlock"]["except"]


@pytest.mark.skipif(not KUBECTL, reason="kubectl is not installed")
def test_kustomize_renders_it():
    command = [KUBECTL, "kustomize", "--load-restrictor", "LoadRestrictionsNone", str(kubekit.FOLDER)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 0, ran.stderr
    rendered = [found for found in yaml.safe_load_all(ran.stdout) if found]
    assert [problem for found in rendered for problem in kubekit.problems(found)] == []
    maps = {found["metadata"]["name"]: found["data"] for found in rendered if found["kind"] == "ConfigMap"}
    assert maps["kestra-configuration"]["application.yaml"] == (imagekit.ROOT / "application.yaml").read_text()
