"""A backup is whole or it is not there; the last good one is never deleted."""

import os
import resource
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from backupkit import Site, end

from kit import db
from tools.backup import create, folder
from tools.backup.errors import BackupError


def visible(site: Site) -> list[str]:
    return sorted(path.name for path in site.backups.iterdir())


def wait_for(look: Callable[[], bool]) -> None:
    ends = time.monotonic() + 60
    while not look():
        assert time.monotonic() < ends
        time.sleep(0.005)


@pytest.mark.parametrize("stage", ["kestra", "storage"])
def test_killed_in_the_middle_nothing_counts_and_the_next_one_works(site: Site, stage: str):
    hold = site.storage / "main/zz"
    if stage == "kestra":
        # A lock that pg_dump waits for; it is there, and so is the draft.
        site.sql(site.names[0], "insert into queues (value) select '{}' from generate_series(1, 10)")
        with db.connect(site.dsn(site.names[0])) as conn, db.transaction(conn):
            db.execute(conn, "lock table queues in access exclusive mode")
            running = site.start("create")
            wait_for(lambda: any(site.backups.glob(".incomplete-*/*.dump")))
            assert end(running, signal.SIGKILL) == -signal.SIGKILL
    else:
        hold.write_bytes(os.urandom(1 << 20) * 300)
        running = site.start("create")
        wait_for(lambda: any(site.backups.glob(".incomplete-*/storage.tar")))
        assert end(running, signal.SIGKILL) == -signal.SIGKILL
        hold.unlink()
    assert site.run("list").out == ""
    assert site.run("verify").code == 1
    assert len(visible(site)) == 1, "the draft of the killed one"
    site.create()
    assert visible(site) == [site.latest.name]


def test_a_polite_end_leaves_nothing(site: Site):
    with db.connect(site.dsn(site.names[0])) as conn, db.transaction(conn):
        db.execute(conn, "lock table queues in access exclusive mode")
        running = site.start("create")
        wait_for(lambda: any(site.backups.glob(".incomplete-*/*.dump")))
        assert end(running, signal.SIGTERM) in {128 + signal.SIGTERM, 1}
    assert visible(site) == []


def test_two_at_once_are_refused_and_so_is_a_missing_folder(site: Site):
    with folder.locked(site.backups):
        for command in (["create"], ["restore", "latest"], ["drill"], ["prune"], ["verify"]):
            ran = site.run(*command)
            assert ran.code == 1
            assert "Wait until it has ended" in ran.err
    site.backups.rmdir()
    ran = site.run("create")
    assert ran.code == 1
    assert "--folder" in ran.err


def limited_to(size: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.parametrize("where", ["dump", "storage"])
def test_no_more_room_says_so_and_leaves_what_was_there(site: Site, where: str):
    good = site.create()
    if where == "dump":
        site.sql(site.names[0], "insert into queues (value, payload) select '{}', sha256(n::text::bytea)"
                                " from generate_series(1, 20000) n")  # fmt: skip
    else:
        (site.storage / "main/large").write_bytes(os.urandom(300_000))
    ran = site.run("create", before=limited_to(200_000))
    assert ran.code == 1
    assert "larger than allowed" in ran.err if where == "dump" else "File too large" in ran.err
    assert "again" in ran.err
    assert visible(site) == [good.name]


def test_a_disk_that_is_too_small_is_refused_before_anything_is_written(site: Site, monkeypatch: pytest.MonkeyPatch):
    usage = shutil.disk_usage(site.backups)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=1_000_000))
    with pytest.raises(BackupError, match="has 1 MB free and the backup may take"):
        create.create(site.settings, print)
    assert visible(site) == []


def test_rotation_keeps_the_newest(site: Site):
    kept = [site.create().name]
    for _ in range(3):
        ran = site.run("--keep=2", "create")
        assert ran.code == 0, ran.err
        kept = [*kept, site.latest.name][-2:]
        assert len(visible(site)) == 2
    assert sorted(kept) == visible(site)
    ran = site.run("--keep=0", "create")
    assert ran.code == 1
    assert "at least one" in ran.err


def test_a_name_is_later_than_all_of_its_second_also_when_rotation_took_the_first(tmp_path: Path):
    now = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
    made = []
    for _ in range(12):
        made.append(folder.new_name(tmp_path, now))
        (tmp_path / made[-1]).mkdir()
        folder.rotate(tmp_path, 2, is_good=lambda _path: True)
        assert folder.names(tmp_path) == made[-2:]
    assert made[::11] == ["2026-05-04T03-02-01Z", "2026-05-04T03-02-01Z-12"]


def test_pruning_never_deletes_the_last_good_one(site: Site):
    good = site.create()
    for suffix in ("-98", "-99"):
        broken = shutil.copytree(good, good.with_name(f"2099-01-01T00-00-00Z{suffix}"))
        (broken / "storage.tar").write_bytes(b"")
    ran = site.run("--keep=2", "prune")
    assert ran.code == 1
    assert "no older one was deleted" in ran.err
    assert len(visible(site)) == 3
    ran = site.run("--keep=3", "prune")
    assert (ran.code, ran.out) == (0, "")


def test_a_wrong_password_is_told_and_never_shown(site: Site):
    secret = site.settings.databases[1].owner.secret
    (site.folder / "secrets" / secret).write_text("wr0ng-pässword")
    ran = site.run("create")
    assert ran.code == 1
    assert secret in ran.err
    assert "wr0ng" not in ran.out + ran.err
    (site.folder / "secrets" / secret).unlink()
    ran = site.run("create")
    assert f"Put it into {site.folder}/secrets/{secret}" in ran.err
    assert visible(site) == []


def test_no_argument_of_any_process_holds_a_password(site: Site):
    passwords = [path.read_text().strip() for path in (site.folder / "secrets").iterdir()]
    with db.connect(site.dsn(site.names[0])) as conn, db.transaction(conn):
        db.execute(conn, "lock table queues in access exclusive mode")
        running = site.start("create")
        wait_for(lambda: any(site.backups.glob(".incomplete-*/*.dump")))
        lines = list(command_lines())
        end(running, signal.SIGTERM)
    assert any("pg_dump" in line and site.names[0] in line for line in lines), "pg_dump was there to be looked at"
    assert not [line for line in lines for password in passwords if password in line]


def command_lines() -> Iterator[str]:
    """Of every process that does not end while it is looked at."""
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            with suppress(OSError):
                yield (path / "cmdline").read_bytes().decode(errors="replace")


def test_only_the_owner_may_read_a_backup(site: Site):
    made = site.create()
    assert {oct(path.stat().st_mode & 0o077) for path in (made, *made.iterdir())} == {"0o0"}


class Writer(threading.Thread):
    """Works as Kestra and a task do: a file, then the row in our database, then the row in Kestra's."""

    def __init__(self, site: Site) -> None:
        super().__init__()
        self.site, self.done, self.written = site, threading.Event(), 0

    def run(self) -> None:
        kestra, ours = (db.connect(self.site.dsn(name)) for name in self.site.names)
        with kestra, ours:
            while not self.done.is_set():
                self.written += 1
                (self.site.storage / f"main/w{self.written}").write_bytes(b"w" * self.written)
                db.execute(ours, "insert into t values (%s)", [1000 + self.written])
                key = [f"w{self.written}"]
                db.execute(kestra, "insert into executions (key, value) values (%s, '{}')", key)


def test_a_backup_under_load_is_consistent_and_passes_its_drill(site: Site):
    # Enough rows that dumping Kestra's database takes a while, in which the writer goes on.
    site.sql(site.names[0], "insert into queues (value, payload) select '{}', sha256(n::text::bytea)"
                            " from generate_series(1, 100000) n")  # fmt: skip
    writer = Writer(site)
    writer.start()
    wait_for(lambda: writer.written > 20)
    before = writer.written
    site.create()
    during = writer.written - before
    writer.done.set()
    writer.join()
    assert during > 20, "it wrote while the backup was made"
    assert site.run("drill").code == 0
    site.run("restore", "latest", "--yes")
    contents = site.everything()
    kestra = {row["x"] for row in contents[site.names[0]]["rows"]["public.executions"] if row["x"].startswith("(w")}
    ours = {int(row["x"][1:-1]) - 1000 for row in contents[site.names[1]]["rows"]["public.t"] if row["x"] > "(1"}
    numbers = {int(row.split(",")[0][2:]) for row in kestra}
    assert len(numbers) >= before - 1
    assert numbers <= ours, "whatever Kestra knows, ours knows"
    assert all(f"main/w{number}" in contents["storage"] for number in ours if number > 0), "every row has its file"
