"""Reading deploy/kubernetes, and Kubernetes' own schemas."""

import json
from functools import cache
from pathlib import Path

import imagekit
import jsonschema
import yaml

FOLDER = imagekit.ROOT / "deploy/kubernetes"
SCHEMAS = json.loads((Path(__file__).parent / "kubernetes-1.34.json").read_text())
GROUPS = {
    "v1": "core.v1",
    "apps/v1": "apps.v1",
    "batch/v1": "batch.v1",
    "networking.k8s.io/v1": "networking.v1",
    "policy/v1": "policy.v1",
    "autoscaling/v2": "autoscaling.v2",
}


@cache
def validator(definition: str) -> jsonschema.Draft202012Validator:
    """Of one of Kubernetes' types, such as `core.v1.Probe`."""
    schema = {"$ref": f"#/$defs/io.k8s.api.{definition}", "$defs": SCHEMAS["$defs"]}
    return jsonschema.Draft202012Validator(schema)


def problems(document: dict) -> list[str]:
    """What Kubernetes' schema says against a manifest."""
    group = GROUPS[document["apiVersion"]]
    return [error.message for error in validator(f"{group}.{document['kind']}").iter_errors(document)]


def documents() -> list[dict]:
    """Every manifest that the kustomization names."""
    named = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())["resources"]
    return [found for name in named for found in yaml.safe_load_all((FOLDER / name).read_text()) if found]


def of_kind(kind: str) -> dict[str, dict]:
    """The manifests of a kind, by name."""
    return {found["metadata"]["name"]: found for found in documents() if found["kind"] == kind}


def pods() -> dict[str, dict]:
    """The pod templates, by the name of what makes them."""
    found = {name: deployment["spec"]["template"] for name, deployment in of_kind("Deployment").items()}
    jobs = of_kind("CronJob")
    return found | {name: job["spec"]["jobTemplate"]["spec"]["template"] for name, job in jobs.items()}


def values() -> dict:
    """The values for Kestra's chart."""
    return yaml.safe_load((FOLDER / "kestra-values.yaml").read_text())
