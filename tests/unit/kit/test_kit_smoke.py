"""The smoke check of a deployed release: what is good passes, and each fault is named with what to do."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kit import db
from kit.errors import OpsflowsError
from platform_tasks import migrate, release_checks

ROOT = Path(__file__).parents[3]
TASK = 'from kit import task\n\nif __name__ == "__main__":\n    task.main()\n'


@pytest.fixture
def release(tmp_path):
    """A small release as the task sees it: files, and the manifest over them."""
    for path, text in {
        "scripts/acme/__init__.py": "",
        "scripts/acme/plain.py": "import json\nfrom kit import db\n",
        "scripts/acme/start.py": TASK,
        "namespace_files/sql/migrations/0001_one.sql": "create table one (n int);",
    }.items():
        write(tmp_path / path, text)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    digests = {path.relative_to(tmp_path).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    write(tmp_path / "manifest.json", json.dumps(digests))
    return tmp_path


@pytest.fixture
def modules(release, monkeypatch):
    """The scripts of that release, importable as in its task."""
    monkeypatch.syspath_prepend(release / "scripts")
    yield release / "scripts"
    for name in [name for name in sys.modules if name.partition(".")[0] == "acme"]:
        del sys.modules[name]


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def refused(check, *arguments):
    """What is said of a fault; it ends with what to do."""
    with pytest.raises(OpsflowsError) as raised:
        check(*arguments)
    assert raised.value.next_action
    return str(raised.value)


def test_files_as_deployed_are_counted(release):
    assert release_checks.files_complete(release) == "4 files as deployed"


def test_a_missing_and_a_changed_file_are_named(release):
    (release / "scripts/acme/plain.py").unlink()
    (release / "scripts/acme/start.py").write_text("")
    said = refused(release_checks.files_complete, release)
    assert said == "missing: scripts/acme/plain.py; changed: scripts/acme/start.py. Deploy the release again."


def test_of_many_missing_files_the_first_are_named(release):
    write(release / "manifest.json", json.dumps({f"scripts/{number}.py": "" for number in range(9)}))
    said = refused(release_checks.files_complete, release)
    assert "scripts/0.py, scripts/1.py, scripts/2.py, scripts/3.py, scripts/4.py and 4 more" in said


def test_an_upload_that_did_not_end_has_no_manifest(release):
    (release / "manifest.json").unlink()
    assert "manifest.json is missing" in refused(release_checks.files_complete, release)


def test_modules_and_tasks_are_imported(modules):
    assert release_checks.modules_importable(modules) == "3 modules, 1 tasks"
    assert "acme.start" in sys.modules
    assert "acme.plain" not in sys.modules


def test_a_package_that_is_not_installed_is_named_wherever_it_is_imported(modules):
    write(modules / "acme/late.py", "def work():\n    import no_such_package.part\n    from another_one import x\n")
    said = refused(release_checks.modules_importable, modules)
    assert said.startswith("Not installed: another_one, no_such_package.")


@pytest.mark.parametrize("source", ["def broken(:\n", TASK + "\nfrom kit import no_such_name\n"])
def test_a_module_that_cannot_be_imported_fails_its_check(release, modules, source):
    write(modules / "acme/bad.py", source if "main" in source else TASK + source)
    check = next(check for check in release_checks.run_all(release) if check.name == "modules")
    assert not check.ok
    assert check.message.endswith("Deploy the release again.")


def test_every_module_of_this_checkout_is_importable():
    assert " tasks" in release_checks.modules_importable(ROOT / "scripts")


@pytest.mark.usefixtures("modules")
def test_wrong_settings_fail_their_check_and_the_others_go_on(release, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_REVIEW_MIN_SCORE", "2")
    checks = {check.name: check for check in release_checks.run_all(release)}
    assert list(checks) == ["files", "modules", "settings", "alerts", "database"]
    assert (checks["files"].ok, checks["modules"].ok, checks["settings"].ok) == (True, True, False)
    assert "OPSFLOWS_REVIEW_MIN_SCORE" in checks["settings"].message


def test_a_database_at_the_last_migration_or_later_is_good(release, bare_dsn, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_PG_DSN", bare_dsn)
    folder = release / "namespace_files/sql/migrations"
    migrate.apply(bare_dsn, folder)
    assert release_checks.database_migrated(folder) == "at 0001_one.sql or later"
    write(folder / "0002_two.sql", "create table two (n int);")
    said = refused(release_checks.database_migrated, folder)
    assert said == "The database lacks 0002_two.sql. Run the flow schema_migrate."
    with db.connect(bare_dsn) as conn:
        assert db.fetch_all(conn, "select 1 from pg_tables where tablename = 'two'") == []
    migrate.apply(bare_dsn, folder)
    (folder / "0002_two.sql").unlink()
    assert release_checks.database_migrated(folder) == "at 0001_one.sql or later"


def test_a_database_that_was_never_migrated_or_is_away_is_told(release, bare_dsn, monkeypatch):
    folder = release / "namespace_files/sql/migrations"
    monkeypatch.setenv("OPSFLOWS_PG_DSN", bare_dsn)
    assert "schema_migrate" in refused(release_checks.database_migrated, folder)
    monkeypatch.setenv("OPSFLOWS_PG_DSN", "postgresql://opsflows@127.0.0.1:1/opsflows")
    assert "Check that Postgres runs" in refused(release_checks.database_migrated, folder)
    monkeypatch.delenv("OPSFLOWS_PG_DSN")
    assert "OPSFLOWS_PG_DSN is not set" in refused(release_checks.database_migrated, folder)


def test_the_task_reports_every_check_and_its_failures_as_its_outcome(migrated):
    """From a checkout: everything is there except the manifest, which a deploy makes."""
    env = {"PATH": os.defpath, "PYTHONPATH": str(ROOT / "scripts"), "OPSFLOWS_PG_DSN": migrated}
    command = [sys.executable, "-m", "platform_tasks.smoke"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    outputs = json.loads(done.stdout.splitlines()[-1][2:-2])["outputs"]
    assert {check["name"]: check["ok"] for check in outputs["checks"]} == {
        "files": False,
        "modules": True,
        "settings": True,
        "alerts": True,
        "database": True,
    }
    assert outputs["outcome"]["code"] == "smoke_failed"
    assert outputs["outcome"]["message"].startswith("files: manifest.json is missing")
