"""What must not be restored is refused, and nothing has changed."""

import shutil
from pathlib import Path

import pytest
from backupkit import Site

from kit import db
from tools.backup import copies, postgres, swap
from tools.backup.errors import BackupError

pytestmark = pytest.mark.slow


def truncated(backup: Path) -> None:
    dump = max(backup.glob("opsflows*.dump"))
    dump.write_bytes(dump.read_bytes()[:-100])


def flipped(backup: Path) -> None:
    tar = bytearray((backup / "storage.tar").read_bytes())
    tar[len(tar) // 2] ^= 1
    (backup / "storage.tar").write_bytes(tar)


def without_a_part(backup: Path) -> None:
    (backup / "storage.jsonl").unlink()


def without_manifest(backup: Path) -> None:
    (backup / "manifest.json").unlink()


def with_half_a_manifest(backup: Path) -> None:
    text = (backup / "manifest.json").read_text()
    (backup / "manifest.json").write_text(text[: len(text) // 2])


def of_a_later_format(backup: Path) -> None:
    text = (backup / "manifest.json").read_text()
    (backup / "manifest.json").write_text(text.replace('"format": 1', '"format": 2'))


def with_a_path_outside(backup: Path) -> None:
    text = (backup / "manifest.json").read_text()
    (backup / "manifest.json").write_text(text.replace('"storage.tar": {', '"../storage.tar": {'))


BROKEN = [
    (truncated, "bytes instead of"),
    (flipped, "has other bytes"),
    (without_a_part, "storage.jsonl"),
    (without_manifest, "manifest is unreadable"),
    (with_half_a_manifest, "manifest is unreadable"),
    (of_a_later_format, "another format"),
    (with_a_path_outside, "leaves the folder"),
]


def test_broken_backups_are_refused_and_nothing_changes(site: Site):
    good = site.create()
    site.sql(site.names[1], "insert into t values (9)")
    before = site.everything()
    for breaking, says in BROKEN:
        broken = shutil.copytree(good, good.with_name("2099-01-01T00-00-00Z"))
        breaking(broken)
        for command in (["verify"], ["restore", "latest", "--yes"], ["drill"]):
            ran = site.run(*command)
            assert ran.code == 1, (breaking.__name__, command)
            assert says in ran.err, (breaking.__name__, command)
        shutil.rmtree(broken)
    assert site.everything() == before
    assert site.databases() == sorted(site.names)
    ran = site.run("restore", "2020-01-01T00-00-00Z", "--yes")
    assert good.name in ran.err


def test_an_archive_that_cannot_be_loaded_changes_nothing(site: Site):
    """Whole by its checksums, and yet refused by the server: half of it is loaded beside, and dropped again."""
    good = site.create()
    role = f"gone_{site.tag}"
    with db.connect(site.server.dsn) as admin:
        db.execute(admin, f"create role {role}")
        site.sql(site.names[1], f"grant usage on schema tickets to {role}")
        site.create()
        site.sql(site.names[1], f"revoke usage on schema tickets from {role}")
        db.execute(admin, f"drop role {role}")
    before = site.everything()
    ran = site.run("restore", "latest", "--yes")
    assert ran.code == 1
    assert role in ran.err
    assert site.everything() == before
    assert site.databases() == sorted(site.names)
    assert not list(site.storage.glob(".*-*"))
    assert site.run("restore", good.name, "--yes").code == 0


def test_a_database_in_use_is_refused(site: Site):
    site.create()
    before = site.everything()
    with db.connect(site.dsn(site.names[0])) as conn:
        ran = site.run("restore", "latest", "--yes")
        assert db.fetch_one(conn, "select 1 as one") == {"one": 1}
    assert ran.code == 1
    assert f"In use: {site.names[0]} (opsflows)" in ran.err
    assert "Stop Kestra" in ran.err
    assert site.everything() == before
    assert site.databases() == sorted(site.names)


@pytest.mark.parametrize("what", ["databases", "storage"])
def test_what_is_not_empty_needs_a_word(site: Site, what: str):
    site.create()
    if what == "storage":
        site.drop_databases()
        site.make_databases()
    else:
        shutil.rmtree(site.storage / "main")
    ran = site.run("restore", "latest")
    assert ran.code == 1
    assert "--yes" in ran.err
    assert (str(site.storage) in ran.err) == (what == "storage")
    assert not [name for name in site.databases() if name not in site.names]


def test_names_change_together_or_not_at_all(site: Site):
    """Somebody connects to the second database just before the swap."""
    settings = site.settings
    targets = [swap.Target(d, f"{d.name}_restore_1", f"{d.name}_before_1", True, False) for d in settings.databases]  # noqa: FBT003
    with postgres.connected(settings, copies.MAINTENANCE, settings.admin) as server:
        for target in targets:
            postgres.execute(server, f"create database {target.new}")
        there = site.databases()
        with db.connect(site.dsn(site.names[1])), pytest.raises(BackupError, match="nothing changed"):
            swap.databases(server, targets)
        assert site.databases() == there
        swap.databases(server, targets)
    assert site.databases() == sorted([*site.names, *(target.old for target in targets)])


def test_a_backup_of_other_databases_is_refused(site: Site):
    site.create()
    ran = site.run("--databases=opsflows:opsflows:POSTGRES_PASSWORD", "restore", "latest", "--yes")
    assert ran.code == 1
    assert "--databases" in ran.err


@pytest.mark.parametrize(
    ("flag", "says"),
    [
        ("--databases=", "empty"),
        ("--databases=a:b", "role:SECRET_NAME"),
        ("--databases=x'y:a:B", "no name"),
        ("--databases=a:b:C,a:b:C", "twice"),
        ("--pg-bin=/nowhere", "--pg-bin"),
        ("--storage=/nowhere", "--storage"),
        ("--port=1", "again"),
    ],
)
def test_bad_settings_end_with_what_to_do(bare_site: Site, flag: str, says: str):
    ran = bare_site.run(flag, "create")
    assert ran.code == 1
    assert says in ran.err
    assert "Traceback" not in ran.err
    assert not list(bare_site.backups.iterdir())
