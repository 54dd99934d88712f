"""The drill tells a good backup from one that is only whole."""

import hashlib
import io
import json
import tarfile
from pathlib import Path

from backupkit import Site

from kit import db


def test_a_good_backup_passes_and_leaves_nothing(site: Site, tmp_path: Path):
    site.create()
    before = site.everything()
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with db.connect(site.server.dsn) as admin:
        # What a killed drill left.
        db.execute(admin, f"create database {site.names[0]}_drill_20200101000000")
    with db.connect(site.dsn(site.names[0])):
        ran = site.run("drill", "--scratch", str(scratch), "--json")
    assert ran.code == 0, ran.err
    report = json.loads(ran.out)
    assert [step["what"] for step in report["steps"]] == ["verify", *site.names, "storage"]
    assert report["differences"] == []
    assert site.databases() == sorted(site.names)
    assert not list(scratch.iterdir())
    assert site.everything() == before
    assert "equal to what was backed up" in site.run("drill").out


def test_every_kind_of_difference_is_told(site: Site):
    """The archive of another state of the database, and another tar, under the manifest of the first."""
    first = site.create()
    kestra, ours = site.names
    site.sql(ours, "alter table t add column more integer; insert into t values (8)")
    site.sql(
        kestra,
        "update executions set value = value || '{\"state\": \"CREATED\"}' where key = 'exec7'; drop table queues",
    )
    second = site.create()
    for name in site.names:
        replace(first, f"{name}.dump", (second / f"{name}.dump").read_bytes())
    replace(first, "storage.tar", other_files())
    facts = json.loads((first / "manifest.json").read_text())["databases"][0]["facts"]["tables"]
    facts.pop("public.queues")  # or `verify` would tell it already
    edit(first, lambda made: made["databases"][0]["facts"].update(tables=facts))
    ran = site.run("drill", first.name)
    assert ran.code == 1
    assert f"{ours}: table public.t has 4 rows instead of 3" in ran.out
    assert f"{ours}: its schema is not that of the manifest" in ran.out
    assert f"{kestra}: table public.executions has other contents" in ran.out
    assert f"{kestra}: sequence public.queues_offset_seq is at None instead of 7" in ran.out
    assert "storage: main/.hidden has other bytes" in ran.out
    assert "storage: main/new is too much" in ran.out
    assert "image.jpg is missing" in ran.out
    assert site.databases() == sorted(site.names)
    restored = site.run("restore", first.name, "--yes")
    assert restored.code == 1
    assert "differs from the backup; nothing was changed" in restored.err


def other_files() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in {"main/.hidden": b"!", "main/new": b""}.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def replace(backup: Path, name: str, content: bytes) -> None:
    """Another content, and a manifest that says so."""
    (backup / name).write_bytes(content)
    part = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    edit(backup, lambda made: made["parts"].update({name: part}))


def edit(backup: Path, change) -> None:
    made = json.loads((backup / "manifest.json").read_text())
    change(made)
    (backup / "manifest.json").write_text(json.dumps(made))
