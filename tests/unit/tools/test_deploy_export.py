"""A release written to a folder is what a deploy uploads, ready for another tool."""

import hashlib
import json

import pytest

from kit.settings import SETTINGS_FILE
from tools.deploy import environments, export, release


def exported(folder):
    return {
        path.relative_to(folder / "files").as_posix(): path for path in (folder / "files").rglob("*") if path.is_file()
    }


def test_what_is_written_is_what_the_manifest_says(tmp_path, capsys):
    assert export.main([str(tmp_path / "build"), "--env", "dev"]) == 0
    found = exported(tmp_path / "build")
    digests = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in found.items()}
    assert digests == json.loads((tmp_path / "build/manifest.json").read_bytes())
    assert found[SETTINGS_FILE].read_bytes() == environments.load("dev").settings_json()
    assert "flows/platform/deploy_smoke.yaml" in found
    assert capsys.readouterr().out == f"{release.load().version}\n"


def test_without_an_environment_there_are_no_settings(tmp_path):
    assert export.main([str(tmp_path)]) == 0
    assert SETTINGS_FILE not in exported(tmp_path)


def test_no_file_is_hidden_because_kestractl_skips_those(tmp_path):
    export.write(release.load(), tmp_path)
    assert [name for name in exported(tmp_path) if any(part.startswith(".") for part in name.split("/"))] == []


@pytest.mark.parametrize("environment", ["prod", "none"])
def test_an_environment_that_is_not_fit_leaves_nothing(tmp_path, capsys, environment):
    assert export.main([str(tmp_path / "build"), "--env", environment]) == 2
    assert not (tmp_path / "build").exists()
    assert capsys.readouterr().out == ""


def test_a_folder_with_something_in_it_is_refused(tmp_path, capsys):
    (tmp_path / "old").write_text("")
    assert export.main([str(tmp_path)]) == 2
    assert "is not empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["old"]
