"""The console as its container starts it: secrets from files, and a refusal that names what is missing."""

import os
import subprocess
import sys

import imagekit
import pytest
import secretkit

from console import container
from kit.errors import ConfigurationError
from tools.secrets import catalogue

NEEDED = [secret.name for secret in catalogue.needed_by(catalogue.CONSOLE)]


def test_the_secrets_come_by_the_names_that_settings_and_libpq_know(tmp_path):
    values = secretkit.good()
    environment = {}
    container.take(secretkit.write(tmp_path / "secrets", values), environment)
    assert environment == {
        "OPSFLOWS_KESTRA_PASSWORD": values["KESTRA_ADMIN_PASSWORD"],
        "PGPASSWORD": values["OPSFLOWS_DB_PASSWORD"],
        **{
            name: values[name]
            for name in NEEDED
            if name.startswith(("OPSFLOWS_CONSOLE", "OPSFLOWS_API", "OPSFLOWS_METRICS"))
        },
    }


@pytest.mark.parametrize("name", [name for name in NEEDED if catalogue.BY_NAME[name].required])
def test_each_that_is_missing_is_named_and_none_is_shown(tmp_path, name):
    values = secretkit.good()
    del values[name]
    with pytest.raises(ConfigurationError) as raised:
        container.take(secretkit.write(tmp_path / "secrets", values), {})
    assert f"{name} is missing" in str(raised.value)
    assert not [value for value in values.values() if value in str(raised.value)]


def test_as_the_container_starts_it(tmp_path):
    folder = secretkit.write(tmp_path / "secrets", secretkit.good() | {"OPSFLOWS_CONSOLE_KEY": "short"})
    entrypoint = [sys.executable, *imagekit.compose()["services"]["console"]["entrypoint"][1:]]
    ended = subprocess.run(
        [*entrypoint, "--secrets", str(folder)],
        env={**os.environ, "PYTHONPATH": f"{imagekit.ROOT}{os.pathsep}{imagekit.ROOT / 'scripts'}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 78
    assert "The console does not start. OPSFLOWS_CONSOLE_KEY" in ended.stderr
