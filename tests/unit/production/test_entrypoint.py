"""The Kestra container's first process, run for real, with `env` in the place of Kestra."""

import base64
import importlib.util
import os
import stat
import subprocess
import sys

import imagekit
import pytest
import secretkit

from tools.secrets import catalogue

ENTRYPOINT = imagekit.ROOT / "deploy/docker/entrypoint.py"
FLOWS = [secret.name for secret in catalogue.needed_by(catalogue.FLOWS)]
NEEDED = [secret.name for secret in catalogue.CATALOGUE if secret.needed_by & {catalogue.KESTRA, catalogue.FLOWS}]
REQUIRED = [name for name in NEEDED if catalogue.BY_NAME[name].required]
SETTINGS = {
    "KESTRA_ADMIN_USERNAME": "admin@example.org",
    "OPSFLOWS_PG_DSN": "host=postgres port=5432 dbname=opsflows user=opsflows",
}


def load_entrypoint():
    spec = importlib.util.spec_from_file_location("container_entrypoint", ENTRYPOINT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def start(tmp_path):
    def run(values: dict[str, str], command=("env", "-0"), **settings: str) -> subprocess.CompletedProcess:
        folder = secretkit.write(tmp_path / "secrets", values)
        # As in the image: `tools` lies beside the entrypoint, and no package of the project is installed.
        program = [sys.executable, "-S", ENTRYPOINT, "--secrets", folder, "--pgpass", tmp_path / "pgpass", *command]
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(imagekit.ROOT), **SETTINGS, **settings}
        return subprocess.run(program, env=environment, capture_output=True, text=True, check=False)

    return run


def variables(ran: subprocess.CompletedProcess) -> dict[str, str]:
    assert ran.returncode == 0, ran.stderr
    return dict(line.split("=", 1) for line in ran.stdout.split("\0") if line)


def test_flows_get_each_secret_in_base64(start):
    values = secretkit.good()
    found = variables(start(values))
    assert {name: base64.b64decode(found[f"SECRET_{name}"]).decode() for name in FLOWS} == {
        name: values[name] for name in FLOWS
    }


def test_kestra_gets_its_own_by_name_and_nothing_that_is_not_its(start):
    values = secretkit.good()
    found = variables(start(values))
    platform = load_entrypoint().PLATFORM
    assert {name: found[name] for name in platform} == {name: values[name] for name in platform}
    expected = {f"SECRET_{name}" for name in FLOWS} | set(platform) | {"PGPASSFILE"} | set(SETTINGS)
    # LC_CTYPE is Python's own doing.
    assert set(found) - {"PATH", "PYTHONPATH", "LC_CTYPE"} == expected
    others = [values[name] for name in set(values) - set(FLOWS) - set(platform)]
    assert not [value for value in others if value in str(found)]


def test_an_optional_secret_that_is_absent_or_blank_is_blank(start):
    values = {name: value for name, value in secretkit.good().items() if name in REQUIRED}
    found = variables(start(values | {"OPENAI_API_KEY": "  "}))
    assert {found[f"SECRET_{name}"] for name in FLOWS if name not in REQUIRED} == {""}


def test_the_database_password_is_in_a_file_of_its_own(start, tmp_path):
    values = secretkit.good()
    found = variables(start(values))
    file = tmp_path / "pgpass"
    assert found["PGPASSFILE"] == str(file)
    assert file.read_text() == f"postgres:5432:opsflows:opsflows:{values['OPSFLOWS_DB_PASSWORD']}\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert values["OPSFLOWS_DB_PASSWORD"] not in str(found)


def test_a_pgpass_file_that_others_can_read_is_not_taken_over(start, tmp_path):
    (tmp_path / "pgpass").write_text("old")
    (tmp_path / "pgpass").chmod(0o644)
    variables(start(secretkit.good()))
    assert stat.S_IMODE((tmp_path / "pgpass").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("dsn", "line"),
    [
        ("host=db dbname=opsflows user=opsflows", r"db:*:opsflows:opsflows:p\:w\\d"),
        (r"host=a:b port=6432 dbname=x user='we ird'", r"a\:b:6432:x:we ird:p\:w\\d"),
        ("postgresql://op%40x@db.example.org:6432/ops?sslmode=require", r"db.example.org:6432:ops:op@x:p\:w\\d"),
    ],
)
def test_colons_and_backslashes_are_escaped(dsn, line):
    assert load_entrypoint().pgpass_line(dsn, r"p:w\d") == line + "\n"


@pytest.mark.parametrize("name", REQUIRED)
def test_each_required_secret_is_refused_when_missing_by_name(start, tmp_path, name):
    values = secretkit.good()
    del values[name]
    ran = start(values)
    assert (ran.returncode, ran.stdout) == (78, "")
    assert f"{name} is missing. Put it into the file secrets/{name}" in ran.stderr
    assert not (tmp_path / "pgpass").exists()


def test_everything_that_is_wrong_is_named_at_once(start):
    wrong = {
        "KESTRA_ADMIN_PASSWORD": ("Admin1234", "is an example value and is too short"),
        "KESTRA_ENCRYPTION_KEY": ("bm90IDMyIGJ5dGVzIGxvbmcsIG5vdCBhdCBhbGwgLi4u", "must be base64 of 32 random bytes"),
        "WHATSAPP_TOKEN": ("change-me", "is an example value"),
        "WHATSAPP_WEBHOOK_KEY": ("short", "is too short"),
        "SLACK_WEBHOOK_URL": ("http://hooks.slack.com/services/T0/B0/xyzw", "must be an https address"),
        "OPSFLOWS_DB_PASSWORD": ("", "is blank"),
    }
    ran = start(secretkit.good() | {name: value for name, (value, _) in wrong.items()})
    assert ran.returncode == 78
    lines = {line.split()[0]: line for line in ran.stderr.splitlines()[1:]}
    assert set(lines) == set(wrong)
    assert {name: text in lines[name] for name, (_, text) in wrong.items()} == dict.fromkeys(wrong, True)


def test_no_value_is_printed_whatever_is_wrong(start):
    values = secretkit.good()
    twins = values | {"WHATSAPP_TOKEN": values["KESTRA_DB_PASSWORD"], "SLACK_BOT_TOKEN": "xoxb-example-token-of-docs"}
    ran = start(twins)
    assert ran.returncode == 78
    assert not [name for name, value in twins.items() if value in ran.stderr + ran.stdout]


def test_a_file_that_cannot_be_read_is_named(start, tmp_path):
    values = secretkit.good()
    secretkit.write(tmp_path / "secrets", values)
    (tmp_path / "secrets/WHATSAPP_TOKEN").write_bytes(b"\xff\xfe\x00")
    del values["WHATSAPP_TOKEN"]
    ran = start(values)
    assert ran.returncode == 78
    assert "WHATSAPP_TOKEN is not text" in ran.stderr
    assert "RUN_AS in .env" in ran.stderr


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        # Kestra would start, and let whoever comes first set up the administrator.
        ("KESTRA_ADMIN_USERNAME", "admin", "KESTRA_ADMIN_USERNAME is no e-mail address"),
        ("KESTRA_ADMIN_USERNAME", "", "KESTRA_ADMIN_USERNAME is no e-mail address"),
        ("OPSFLOWS_PG_DSN", "", "names no host or no user"),
        ("OPSFLOWS_PG_DSN", "host", "is no libpq DSN"),
        ("OPSFLOWS_PG_DSN", "host=db user=u password=Zx81-pw", "holds a password"),
        ("OPSFLOWS_PG_DSN", "postgresql://u:Zx81-pw@db/x", "holds a password"),
    ],
)
def test_settings_that_would_be_unsafe_are_refused(start, name, value, said):
    ran = start(secretkit.good(), **{name: value})
    assert ran.returncode == 78
    assert said in ran.stderr
    assert "Zx81-pw" not in ran.stderr


def test_with_vault_what_only_tasks_need_may_be_absent(start):
    values = secretkit.good()
    for name in ("WHATSAPP_TOKEN", "GOOGLE_SERVICE_ACCOUNT"):
        del values[name]
    assert start(values).returncode == 78
    found = variables(start(values, VAULT_ADDR="https://vault.example.org:8200"))
    assert found["SECRET_WHATSAPP_TOKEN"] == ""


def test_the_command_takes_the_entrypoints_place(start):
    assert start(secretkit.good(), ("sh", "-c", "exit 7")).returncode == 7
    ran = start(secretkit.good(), ("sh", "-c", "echo $PPID"))
    assert int(ran.stdout) == os.getpid(), "the entrypoint stays between Kestra and its container"


def test_without_a_command_it_says_so(start):
    ran = start(secretkit.good(), ())
    assert ran.returncode == 2
    assert "the command to become is missing" in ran.stderr
