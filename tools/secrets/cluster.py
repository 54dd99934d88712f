"""The folder of secrets as Kubernetes Secrets, one a consumer, handed to kubectl by its standard input alone.

`kestra-secrets` holds variables: those of application.yaml, `SECRET_<NAME>` in base64 for the flows, and the passwords
that libpq and `kit.kestra` know by another name. The others hold files, as Docker Compose mounts them.
"""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any, Final

from tools.secrets import catalogue, change, files, rules

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

KESTRA: Final = "kestra-secrets"
# Whose files lie in which Secret. The backup logs in as the databases' owners and as the superuser.
_FILES: Final = {
    "console-secrets": catalogue.CONSOLE,
    "edge-secrets": catalogue.EDGE,
    "backup-secrets": catalogue.POSTGRES,
}
_VARIABLES: Final = ("KESTRA_ADMIN_PASSWORD", "KESTRA_DB_PASSWORD", "KESTRA_ENCRYPTION_KEY")
_ALSO_AS: Final = {"OPSFLOWS_DB_PASSWORD": "PGPASSWORD", "KESTRA_ADMIN_PASSWORD": "OPSFLOWS_KESTRA_PASSWORD"}
_KUBECTL_S: Final = 60


def contents(values: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """What each Secret holds, by its name: only what its consumer needs. Optional ones that are not there are blank.

    Args:
        values: secrets by name, as `files.load` reads them.
    """
    variables = {f"SECRET_{name}": _base64(values.get(name, "").strip()) for name in _named(catalogue.FLOWS)}
    variables |= {name: values[name] for name in _VARIABLES}
    variables |= {also: values[name] for name, also in _ALSO_AS.items()}
    mounted = {secret: {name: values.get(name, "") for name in _named(service)} for secret, service in _FILES.items()}
    return {KESTRA: variables, **mounted}


def manifest(values: Mapping[str, str], namespace: str) -> dict[str, Any]:
    """A List of Secrets, as kubectl applies it."""
    return {"apiVersion": "v1", "kind": "List", "items": [_one(*held, namespace) for held in contents(values).items()]}


def apply(folder: Path, namespace: str) -> list[str]:
    """Create or change the Secrets of a namespace; no value is an argument, a file or a word that is printed.

    Returns:
        Their names.

    Raises:
        ChangeError: a secret is missing or wrong, kubectl is not there, or refuses.
        FolderError: a file cannot be read.
    """
    values = files.load(folder)
    found = rules.trouble(values, {secret.name for secret in catalogue.CATALOGUE}, vault=False)
    if found:
        told = (f"{name} {' and '.join(said)}. {rules.advice(name)}" for name, said in found.items())
        raise change.ChangeError("\n".join(told))
    kubectl = shutil.which("kubectl")
    if not kubectl:
        raise change.ChangeError("kubectl was not found. Install it, or give its folder in PATH.")
    # --server-side: the other way kubectl writes the values into an annotation, which more people may read.
    command = [kubectl, "--namespace", namespace, "apply", "--server-side", "--filename", "-"]
    given = json.dumps(manifest(values, namespace))
    ran = subprocess.run(command, input=given, text=True, capture_output=True, timeout=_KUBECTL_S, check=False)
    if ran.returncode:
        raise change.ChangeError(f"kubectl refused: {_without(values, ran.stderr.strip())}")
    return list(contents(values))


def _named(service: str) -> list[str]:
    return [secret.name for secret in catalogue.needed_by(service)]


def _one(name: str, held: Mapping[str, str], namespace: str) -> dict[str, Any]:
    labels = {"app.kubernetes.io/part-of": "opsflows"}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "type": "Opaque",
        "data": {key: _base64(value) for key, value in held.items()},
    }


def _base64(value: str) -> str:
    return base64.b64encode(value.encode()).decode()


def _without(values: Mapping[str, str], text: str) -> str:
    """The text without any secret, plain or in base64, once or twice: kubectl quotes what it does not understand."""
    for value in filter(None, values.values()):
        for form in (value, _base64(value), _base64(_base64(value))):
            text = text.replace(form, "…")
    return text
