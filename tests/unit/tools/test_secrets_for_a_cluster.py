"""`python -m tools.secrets kubernetes`: values reach kubectl by its standard input, and nothing else."""

import base64
import json
import secrets as random
import sys
from pathlib import Path

import pytest

from tools.secrets import __main__ as command
from tools.secrets import catalogue, cluster, files

KUBECTL = """#!{python}
import json, sys
json.dump({{"arguments": sys.argv[1:], "given": json.load(sys.stdin)}}, open({out!r}, "w"))
sys.stderr.write({says!r})
sys.exit({code})
"""


@pytest.fixture
def complete(tmp_path, monkeypatch, capsys) -> Path:
    """A folder with which the project could start."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "secrets"
    command.main(["make", "--dir", str(folder)])
    special = {
        "GOOGLE_SERVICE_ACCOUNT": json.dumps(
            {"type": "service_account", "client_email": "a@b.c", "private_key": "-----BEGIN PRIVATE KEY-----\nMIIE"}
        ),
        "WHATSAPP_APP_SECRET": random.token_hex(16),
        "WHATSAPP_TOKEN": random.token_urlsafe(60),
    }
    for name, value in special.items():
        files.write(folder / name, value)
    capsys.readouterr()
    return folder


def kubectl(tmp_path: Path, monkeypatch, *, code: int = 0, says: str = "") -> Path:
    """A kubectl that writes down what it was given."""
    out = tmp_path / "out.json"
    program = tmp_path / "bin/kubectl"
    program.parent.mkdir()
    program.write_text(KUBECTL.format(python=sys.executable, out=str(out), says=says, code=code))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    return out


def test_each_consumer_gets_its_secret(complete, tmp_path, monkeypatch, capsys):
    out = kubectl(tmp_path, monkeypatch)
    assert command.main(["kubernetes", "--dir", str(complete), "--namespace", "ops"]) == 0
    seen = json.loads(out.read_text())
    assert seen["arguments"][:2] == ["--namespace", "ops"]
    made = {item["metadata"]["name"]: item["data"] for item in seen["given"]["items"]}
    decoded = {key: base64.b64decode(value).decode() for key, value in made[cluster.KESTRA].items()}
    token = files.read(complete / "WHATSAPP_TOKEN")
    # Kestra wants base64 in its variable, and Kubernetes base64 around it.
    assert base64.b64decode(decoded["SECRET_WHATSAPP_TOKEN"]).decode() == token
    assert decoded["PGPASSWORD"] == files.read(complete / "OPSFLOWS_DB_PASSWORD")
    assert decoded["SECRET_OPENAI_API_KEY"] == ""
    printed = capsys.readouterr()
    for value in files.load(complete).values():
        assert not value or value not in printed.out + printed.err + " ".join(seen["arguments"])


def test_what_kubectl_says_against_it_shows_no_value(complete, tmp_path, monkeypatch, capsys):
    token = files.read(complete / "WHATSAPP_TOKEN")
    twice = base64.b64encode(base64.b64encode(token.encode())).decode()
    kubectl(tmp_path, monkeypatch, code=1, says=f"error: cannot parse {token} or {twice}")
    assert command.main(["kubernetes", "--dir", str(complete)]) == 1
    said = capsys.readouterr().err
    assert "kubectl refused: error: cannot parse … or …" in said


def test_without_kubectl_it_says_so(complete, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert command.main(["kubernetes", "--dir", str(complete)]) == 1
    assert "Install it" in capsys.readouterr().err


def test_incomplete_secrets_go_nowhere(complete, tmp_path, monkeypatch, capsys):
    out = kubectl(tmp_path, monkeypatch)
    (complete / "WHATSAPP_TOKEN").unlink()
    assert command.main(["kubernetes", "--dir", str(complete)]) == 1
    assert "WHATSAPP_TOKEN" in capsys.readouterr().err
    assert not out.exists()


def test_every_secret_of_the_catalogue_has_a_place():
    values = {secret.name: "x" for secret in catalogue.CATALOGUE}
    placed = {name.removeprefix("SECRET_") for held in cluster.contents(values).values() for name in held}
    # Grafana is Docker Compose's; a cluster has one of its own. The watcher runs outside.
    elsewhere = ({catalogue.GRAFANA}, {catalogue.WATCH})
    wanted = {secret.name for secret in catalogue.CATALOGUE if secret.needed_by not in elsewhere}
    assert wanted <= placed
