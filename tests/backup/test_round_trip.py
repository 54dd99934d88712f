"""What was backed up comes back: rows, sequences, owners, rights, files."""

import shutil

from backupkit import ROOT, Site

from kit import db


def damage(site: Site) -> None:
    """What a bad day may do."""
    kestra, ours = site.names
    site.sql(kestra, "delete from executions where key <> 'exec1'; drop table queues cascade")
    site.sql(ours, 'update t set t = 5; drop table "Odd ""name"; create table later ()')
    shutil.rmtree(site.storage / "main/opsflows")
    (site.storage / "main/.hidden").write_bytes(b"y")
    (site.storage / "main/later").write_bytes(b"z")


def test_everything_comes_back_as_it_was(site: Site):
    before = site.everything()
    site.create()
    damage(site)
    assert site.everything() != before
    ran = site.run("restore", "latest", "--yes")
    assert ran.code == 0, ran.err
    assert site.everything() == before
    with db.connect(site.dsn(site.names[0])) as conn:
        planner = db.fetch_one(conn, "select count(*) as n from pg_stats where tablename = 'executions'")
        row = db.fetch_one(conn, "insert into queues (value) values ('{}') returning \"offset\" as number")
    assert row == {"number": 8}, "a sequence goes on after its last value"
    assert planner
    assert planner["n"] > 0


def test_a_new_server_needs_no_confirmation_and_keeps_nothing(site: Site):
    before = site.everything()
    site.create()
    site.drop_databases()
    shutil.rmtree(site.storage / "main")
    site.make_databases()
    ran = site.run("restore", "latest")
    assert ran.code == 0, ran.err
    assert site.everything() == before
    assert site.databases() == sorted(site.names)


def test_databases_that_are_gone_are_made_with_their_rights(site: Site):
    before = site.everything()
    site.create()
    site.drop_databases()
    ran = site.run("restore", "latest", "--yes")
    assert ran.code == 0, ran.err
    assert site.everything() == before
    rights = before[site.names[1]]["grants"]["datacl"]
    assert not rights.startswith("{=")
    assert ",=" not in rights


def test_the_old_ones_stay_until_they_are_dropped(site: Site):
    site.create()
    site.sql(site.names[1], "insert into t values (77)")
    site.run("restore", "latest", "--yes")
    kept = [name for name in site.databases() if "_before_" in name]
    assert len(kept) == 2
    folders = list(site.storage.glob(".before-*"))
    assert [folder.name for folder in folders[0].iterdir()] == ["main"]
    with db.connect(site.server.dsn.removesuffix("/opsflows") + f"/{kept[1]}") as conn:
        assert db.fetch_one(conn, "select count(*) as n from t where t = 77") == {"n": 1}
    site.create()
    assert ".before-" not in (site.latest / "storage.jsonl").read_text()
    ran = site.run("restore", "--drop-old")
    assert all(name in ran.out for name in kept)
    assert site.databases() == sorted(site.names)
    assert not list(site.storage.glob(".before-*"))


def test_a_backup_says_what_made_it(site: Site):
    site.run("create", KESTRA_VERSION="2.0.7", OPSFLOWS_VERSION="1.2.3")
    made = site.manifest()
    assert made["versions"]["kestra"] == "2.0.7"
    assert made["versions"]["opsflows"] == "1.2.3"
    kestra, ours = (entry["facts"] for entry in made["databases"])
    assert kestra["tables"]["public.executions"]["rows"] == 200
    newest = max(int(path.name[:4]) for path in (ROOT / "namespace_files/sql/migrations").glob("*.sql"))
    assert (kestra["migration"], ours["migration"]) == ("1.20", str(newest))
    assert made["storage"]["files"] == 4


def test_one_database_alone_leaves_the_rest(site: Site):
    """As when Kestra goes back a version: ours and the storage know more, and keep it."""
    before = site.everything()
    site.create()
    damage(site)
    damaged = site.everything()
    kestra, ours = site.names
    ran = site.run("restore", "latest", "--yes", "--only", kestra)
    assert ran.code == 0, ran.err
    after = site.everything()
    assert after[kestra] == before[kestra]
    assert (after[ours], after["storage"]) == (damaged[ours], damaged["storage"])
    assert "Name one of" in site.run("restore", "latest", "--only", "other").err
