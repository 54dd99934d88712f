"""The Prometheus operator's monitors: of the form that its API has, and about what the cluster's manifests run.

The form is written after https://prometheus-operator.dev/docs/api-reference/api/ (monitoring.coreos.com/v1), as far as
the monitors use it; a name that it does not have is refused.
"""

import subprocess

import imagekit
import jsonschema
import pytest
import yaml

FOLDER = imagekit.ROOT / "deploy/kubernetes"
TEXT = {"type": "string", "minLength": 1}
DURATION = {"type": "string", "pattern": r"^(\d+[smhd])+$"}


def form(*required: str, **properties: dict) -> dict:
    return {"type": "object", "additionalProperties": False, "required": list(required), "properties": properties}


LABELS = {"type": "object", "additionalProperties": {"type": "string"}}
SELECTOR = form("matchLabels", matchLabels=LABELS)
RELABEL = form(
    "action",
    action={"enum": ["replace", "keep", "drop", "labelmap", "labeldrop", "labelkeep"]},
    sourceLabels={"type": "array", "items": TEXT},
    targetLabel=TEXT,
    regex=TEXT,
    replacement=TEXT,
)
SCRAPE = {
    "path": {"type": "string", "pattern": "^/"},
    "honorLabels": {"type": "boolean"},
    "interval": DURATION,
    "scrapeTimeout": DURATION,
    "relabelings": {"type": "array", "items": RELABEL},
    "metricRelabelings": {"type": "array", "items": RELABEL},
    "authorization": form("type", "credentials", type=TEXT, credentials=form("name", "key", name=TEXT, key=TEXT)),
}
POD = form("path", portNumber={"type": "integer", "minimum": 1, "maximum": 65535}, port=TEXT, **SCRAPE)
SERVICE = form("port", "path", port=TEXT, **SCRAPE)
SPEC = {
    "PodMonitor": form(
        "selector", "podMetricsEndpoints", selector=SELECTOR, podMetricsEndpoints={"type": "array", "items": POD}
    ),
    "ServiceMonitor": form("selector", "endpoints", selector=SELECTOR, endpoints={"type": "array", "items": SERVICE}),
}


def documents(path: str) -> list[dict]:
    return [one for one in yaml.safe_load_all((FOLDER / path).read_text()) if one]


MONITORS = {one["kind"]: one for one in documents("monitoring/monitors.yaml")}


@pytest.mark.parametrize("kind", sorted(SPEC))
def test_it_is_of_the_operators_form(kind):
    monitor = MONITORS[kind]
    whole = form(
        *("apiVersion", "kind", "metadata", "spec"),
        apiVersion={"const": "monitoring.coreos.com/v1"},
        kind={"const": kind},
        metadata=form("name", name=TEXT),
        spec=SPEC[kind],
    )
    jsonschema.Draft202012Validator(whole).validate(monitor)


def test_a_name_that_the_operator_does_not_have_is_refused():
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(SERVICE).validate({"port": "http", "path": "/metrics", "bearer": "x"})


def test_they_ask_what_prometheus_asks_in_docker_compose():
    jobs = yaml.safe_load((imagekit.ROOT / "monitoring/prometheus/prometheus.yml").read_text())["scrape_configs"]
    wanted = {(job["job_name"], job["metrics_path"]) for job in jobs if job["job_name"] != "prometheus"}
    ends = [
        *MONITORS["PodMonitor"]["spec"]["podMetricsEndpoints"],
        *MONITORS["ServiceMonitor"]["spec"]["endpoints"],
    ]
    assert {(end["relabelings"][0]["replacement"], end["path"]) for end in ends} == wanted


def test_several_consoles_are_one_target_whose_labels_stay_as_they_are():
    (service,) = [one for one in documents("console.yaml") if one["kind"] == "Service"]
    address = f"{service['metadata']['name']}.opsflows.svc:{service['spec']['ports'][0]['port']}"
    for end in MONITORS["ServiceMonitor"]["spec"]["endpoints"]:
        assert end["honorLabels"] is True
        replaced = {one.get("targetLabel"): one.get("replacement") for one in end["relabelings"]}
        assert replaced["__address__"] == address
        (dropped,) = [one["regex"] for one in end["relabelings"] if one["action"] == "labeldrop"]
        assert {"pod", "container"} <= set(dropped.split("|"))


def test_the_operator_gets_every_rule_that_prometheus_has_in_docker_compose():
    ran = subprocess.run(["sh", FOLDER / "monitoring/rules.sh"], capture_output=True, text=True, check=True)
    found = {one["metadata"]["name"]: one for one in yaml.safe_load_all(ran.stdout)}
    files = sorted((imagekit.ROOT / "monitoring/prometheus/rules").glob("*.yml"))
    assert {name: one["spec"] for name, one in found.items()} == {
        f"opsflows-{path.stem}": yaml.safe_load(path.read_text()) for path in files
    }
    assert {(one["apiVersion"], one["kind"], one["metadata"]["namespace"]) for one in found.values()} == {
        ("monitoring.coreos.com/v1", "PrometheusRule", "opsflows")
    }


def test_the_service_is_found_by_its_label_and_its_port():
    (service,) = [one for one in documents("console.yaml") if one["kind"] == "Service"]
    wanted = MONITORS["ServiceMonitor"]["spec"]["selector"]["matchLabels"]
    assert wanted.items() <= service["metadata"]["labels"].items()
    ports = {port["name"] for port in service["spec"]["ports"]}
    assert {end["port"] for end in MONITORS["ServiceMonitor"]["spec"]["endpoints"]} <= ports
