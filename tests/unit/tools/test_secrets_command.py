"""`python -m tools.secrets`: it creates, judges and rotates files, and no word of it shows a value."""

import io
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tools.secrets import __main__ as command
from tools.secrets import change, files
from tools.secrets.catalogue import BY_NAME, CATALOGUE
from tools.secrets.rules import trouble

ROOT = Path(__file__).resolve().parents[3]
OLD, NEW = "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "aa1e2d3c4b5a69788796a5b4c3d2e1f9"
CURRENT, PREVIOUS = "WHATSAPP_APP_SECRET", "WHATSAPP_APP_SECRET_PREVIOUS"
OF_PROVIDERS = {
    CURRENT: OLD,
    "WHATSAPP_TOKEN": "EAAJZBqX3kq0BO7rVtLw2nYpD5sHf8gMcU1xTzRj4aKeNiQvWb6y",
    "GOOGLE_SERVICE_ACCOUNT": json.dumps(
        {"type": "service_account", "client_email": "a@b.c", "private_key": "-----BEGIN PRIVATE KEY-----\nMIIE"}
    ),
}


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "secrets"


@pytest.fixture
def complete(folder, capsys) -> Path:
    """A folder with which the project could start."""
    assert command.main(["make", "--dir", str(folder)]) == 0
    for name, value in OF_PROVIDERS.items():
        files.write(folder / name, value)
    capsys.readouterr()
    return folder


def run(folder: Path, *arguments: str) -> int:
    return command.main([arguments[0], "--dir", str(folder), *arguments[1:]])


def states(folder: Path, capsys, *more: str) -> dict[str, dict]:
    run(folder, "check", "--json", *more)
    return {line["name"]: line for line in json.loads(capsys.readouterr().out)["secrets"]}


def test_make_creates_what_can_be_made_closed_to_others_and_says_what_is_left(folder, capsys):
    assert run(folder, "make") == 0
    said = capsys.readouterr().out
    found = files.load(folder)
    assert {name for name in found if found[name]} == {secret.name for secret in CATALOGUE if secret.made}
    assert {name for name in found if not found[name]} == {
        secret.name for secret in CATALOGUE if not secret.required and not secret.made
    }
    assert "yours to add: WHATSAPP_APP_SECRET, WHATSAPP_TOKEN, GOOGLE_SERVICE_ACCOUNT" in said
    assert {oct((folder / name).stat().st_mode & 0o777) for name in files.names(folder)} == {"0o600"}
    assert oct(folder.stat().st_mode & 0o777) == "0o700"


def test_make_touches_nothing_that_is_there(complete, capsys):
    (complete / "KESTRA_ENCRYPTION_KEY").unlink()
    (complete / "POSTGRES_PASSWORD").write_text(" \n")
    (complete / "KESTRA_ADMIN_PASSWORD").write_text("weak")
    before = files.load(complete)
    assert run(complete, "make") == 0
    after = files.load(complete)
    assert {name for name in after if after[name] != before.get(name)} == {"KESTRA_ENCRYPTION_KEY", "POSTGRES_PASSWORD"}
    assert "created in" in capsys.readouterr().out


def test_what_is_made_meets_the_rules_each_time():
    for _ in range(200):
        values = {secret.name: change.made(secret) for secret in CATALOGUE if secret.made}
        assert trouble(values, set(values)) == {}


def test_a_complete_folder_is_good(complete, capsys):
    assert run(complete, "check") == 0
    assert "wrong" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("spoil", "name", "problem"),
    [
        (lambda folder: (folder / "WHATSAPP_TOKEN").unlink(), "WHATSAPP_TOKEN", "is missing"),
        (lambda folder: (folder / "POSTGRES_PASSWORD").write_text("x1!"), "POSTGRES_PASSWORD", "is too short"),
        (lambda folder: (folder / "WHATSAPP_TOKEN").chmod(0o640), "WHATSAPP_TOKEN", "can be read by other users"),
        (lambda folder: (folder / "WHATSAPP_TOKEN").chmod(0o604), "WHATSAPP_TOKEN", "can be read by other users"),
        (lambda folder: folder.chmod(0o755), "{folder}/", "can be read by other users"),
        (lambda folder: (folder / "TOKEN_OLD").touch(), "{folder}/TOKEN_OLD", "is no secret of the catalogue"),
        (lambda folder: (folder / ".token.swp").touch(), "{folder}/.token.swp", "is no secret of the catalogue"),
        (lambda folder: (folder / "copies").mkdir(), "{folder}/copies", "is no secret of the catalogue"),
    ],
)
def test_check_finds(complete, capsys, spoil, name, problem):
    spoil(complete)
    line = states(complete, capsys)[name.format(folder=complete)]
    assert line["state"] == "wrong"
    assert any(said.startswith(problem) for said in line["problems"]), line
    assert line["advice"]
    assert run(complete, "check") == 1


def test_check_finds_a_rotation_that_was_forgotten(complete, capsys):
    files.write(complete / PREVIOUS, NEW)
    assert states(complete, capsys)[PREVIOUS]["state"] == "ok"
    week_ago = time.time() - 8 * 86_400
    os.utime(complete / PREVIOUS, (week_ago, week_ago))
    line = states(complete, capsys)[PREVIOUS]
    assert line["problems"] == ["is still live after 8 days"]
    assert line["advice"] == [f"End the rotation: python -m tools.secrets rotate {CURRENT} --finish"]


def test_check_reads_the_settings_beside_it(complete, capsys, tmp_path):
    """A secret in .env is in the environment of whoever runs compose; VAULT_ADDR changes what may be missing."""
    (complete / "WHATSAPP_TOKEN").unlink()
    settings = tmp_path / "prod.env"
    settings.write_text(
        'OPSFLOWS_ENV=prod\nVAULT_ADDR="https://vault"\nexport OPENAI_API_KEY="sk-canary"\nSLACK_BOT_TOKEN=\n'
    )
    found = states(complete, capsys, "--env-file", str(settings))
    wrong = {name: line["problems"] for name, line in found.items() if line["state"] == "wrong"}
    assert wrong == {
        "VAULT_TOKEN": ["is missing, and so is the AppRole"],
        f"{settings}: OPENAI_API_KEY": ["is a secret in a file of settings"],
    }
    assert run(complete, "check", "--env-file", "nowhere.env") == 1
    assert "nowhere.env is not there" in capsys.readouterr().err


def test_a_rotation_keeps_the_old_value_until_it_is_finished(complete, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{NEW}\n"))
    assert run(complete, "rotate", CURRENT) == 0
    assert {name: files.load(complete)[name] for name in (CURRENT, PREVIOUS)} == {CURRENT: NEW, PREVIOUS: OLD}
    assert run(complete, "check") == 0
    assert run(complete, "rotate", CURRENT, "--finish") == 0
    assert files.read(complete / PREVIOUS) == ""
    assert files.read(complete / CURRENT) == NEW
    assert run(complete, "rotate", CURRENT, "--finish") == 0
    assert "no rotation is under way" in capsys.readouterr().out


def test_a_rotation_that_broke_off_goes_on(complete, monkeypatch):
    """Killed between the two writes: the old value stands twice, and the same command completes it."""
    files.write(complete / PREVIOUS, OLD)
    monkeypatch.setattr(sys, "stdin", io.StringIO(NEW))
    assert run(complete, "rotate", CURRENT) == 0
    assert [files.read(complete / name) for name in (CURRENT, PREVIOUS)] == [NEW, OLD]


@pytest.mark.parametrize(
    ("given", "name", "problem"),
    [
        (OLD, CURRENT, "is the value that it replaces"),
        ("", CURRENT, "is blank"),
        (NEW.upper(), CURRENT, "must be lower-case hexadecimal"),
        (NEW, "WHATSAPP_TOKEN", "has one live value only"),
        (NEW, "NO_SUCH_SECRET", "is no secret"),
    ],
)
def test_a_rotation_that_cannot_be_right_changes_nothing(complete, capsys, monkeypatch, given, name, problem):
    before = files.load(complete)
    monkeypatch.setattr(sys, "stdin", io.StringIO(given))
    assert run(complete, "rotate", name) == 1
    said = capsys.readouterr().err
    assert problem in said
    assert files.load(complete) == before


def test_a_second_rotation_waits_for_the_end_of_the_first(complete, capsys, monkeypatch):
    files.write(complete / PREVIOUS, NEW)
    monkeypatch.setattr(sys, "stdin", io.StringIO("bb1e2d3c4b5a69788796a5b4c3d2e1f9"))
    assert run(complete, "rotate", CURRENT) == 1
    assert "End it first" in capsys.readouterr().err


def test_a_first_value_is_no_rotation(folder, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO(NEW))
    assert run(folder, "rotate", CURRENT) == 1
    assert "has no value yet" in capsys.readouterr().err


COMMANDS = (
    ["check"],
    ["check", "--json"],
    ["make"],
    ["rotate", CURRENT],
    ["rotate", CURRENT, "--finish"],
    ["rotate", "WHATSAPP_TOKEN"],
)
CANARIES = {name: f"CANARY{number}" for number, name in enumerate(BY_NAME)}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda name: CANARIES[name].encode(),
        lambda name: CANARIES[name].encode() + b"\n\n",
        lambda name: (OF_PROVIDERS.get(name) or change.made(BY_NAME["POSTGRES_PASSWORD"])).encode() + b"CANARY",
        lambda _name: b"CANARY-same",
        lambda name: b"\xff\xfe" + CANARIES[name].encode(),
    ],
    ids=["short", "lines", "long", "same", "no text"],
)
def test_no_output_of_any_command_shows_a_value(folder, capsys, monkeypatch, spoil):
    folder.mkdir()
    for name in BY_NAME:
        (folder / name).write_bytes(spoil(name))
    Path(".env").write_text("\n".join(f"{name}={value}" for name, value in CANARIES.items()))
    for arguments in COMMANDS:
        monkeypatch.setattr(sys, "stdin", io.StringIO("CANARY-typed\n"))
        assert run(folder, *arguments) in {0, 1}
    said = capsys.readouterr()
    assert "wrong" in said.out or "is not text in UTF-8" in said.err
    assert "CANARY" not in said.out + said.err


def test_as_a_person_runs_it(folder):
    files.write(folder / "WHATSAPP_TOKEN", "CANARY")
    ended = subprocess.run(
        [sys.executable, "-m", "tools.secrets", "check"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert re.search(r"WHATSAPP_TOKEN +wrong +is too short", ended.stdout)
    assert ended.stderr == ""
    assert "CANARY" not in ended.stdout
