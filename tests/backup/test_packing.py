"""A storage that lives while it is packed: files vanish, grow, become shorter; some cannot be read."""

import os
import stat
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tools.backup import packing, storage
from tools.backup.errors import BackupError

NOBODY = 65534


@pytest.fixture
def source(tmp_path: Path) -> Path:
    root = tmp_path / "storage"
    for name in ("a", "deep/b", "deep/c"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode() * 1000)
    return root


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "backup"
    folder.mkdir()
    return folder


def unpacked(target: Path) -> Path:
    storage.unpack(target, target / "out")
    return target / "out"


def while_walking(monkeypatch: pytest.MonkeyPatch, name: str, change) -> None:
    """Change the storage after the listing of a folder and before its file is opened."""
    real = storage.walk

    def walk(root: Path) -> Iterator[Path]:
        for path in real(root):
            if path.name == name:
                change(path)
            yield path

    monkeypatch.setattr(packing, "walk", walk)


def test_a_file_that_vanishes_is_told_and_hinders_nothing(source, target, monkeypatch):
    while_walking(monkeypatch, "b", Path.unlink)
    packed = packing.pack(source, target)
    assert packed.vanished == ["deep/b"]
    assert [entry.path for entry in packed.entries] == ["a", "deep/c"]
    assert storage.differences(target, unpacked(target)) == []


def while_reading(monkeypatch: pytest.MonkeyPatch, change, times: int = 1) -> None:
    """Change a file after its size was looked at."""
    real = packing._Digesting.read
    left = [times]

    def read(self, size: int = -1, /) -> bytes:
        if left[0]:
            left[0] -= 1
            change(Path(self._file.name))
        return real(self, size)

    monkeypatch.setattr(packing._Digesting, "read", read)


def append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def test_a_file_that_grows_is_kept_as_it_was(source, target, monkeypatch):
    while_reading(monkeypatch, append)
    packed = packing.pack(source, target)
    assert packed.changed == ["a"]
    assert (unpacked(target) / "a").read_bytes() == b"a" * 1000
    assert storage.differences(target, target / "out") == []


def test_a_file_that_becomes_shorter_is_read_again(source, target, monkeypatch):
    while_reading(monkeypatch, lambda path: os.truncate(path, 10))
    packed = packing.pack(source, target)
    assert [entry.size for entry in packed.entries] == [10, 6000, 6000]
    assert (unpacked(target) / "a").read_bytes() == b"a" * 10
    assert storage.differences(target, target / "out") == []


def test_a_file_that_is_always_shorter_ends_it(source, target, monkeypatch):
    while_reading(monkeypatch, lambda path: os.truncate(path, path.stat().st_size - 1), times=99)
    with pytest.raises(BackupError, match="a becomes shorter each time"):
        packing.pack(source, target)


@pytest.mark.parametrize("kind", ["link", "fifo", "link to a folder"])
def test_what_a_backup_would_miss_is_refused(source, target, kind):
    if kind == "fifo":
        os.mkfifo(source / "x")
    else:
        (source / "x").symlink_to(source / ("a" if kind == "link" else "deep"))
    with pytest.raises(BackupError, match="link or a device"):
        packing.pack(source, target)


@contextmanager
def as_somebody_else() -> Iterator[None]:
    """Root may read everything; nobody may not."""
    if os.geteuid():
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("which", ["deep/b", "deep"])
def test_an_unreadable_file_is_an_error_that_names_it(which):
    # Not under pytest's own folder, which is closed to other users.
    with tempfile.TemporaryDirectory() as home:
        root, target = Path(home) / "storage", Path(home) / "backup"
        (root / "deep").mkdir(parents=True)
        target.mkdir()
        (root / "deep/b").write_bytes(b"b")
        for folder in (Path(home), target):
            folder.chmod(0o777)
        (root / which).chmod(0)
        try:
            with as_somebody_else(), pytest.raises(BackupError, match=f"Permission denied.*{which}"):
                packing.pack(root, target)
        finally:
            (root / which).chmod(0o700)


def test_rights_come_back_without_those_that_are_dangerous(source, target):
    (source / "a").chmod(0o4777)
    (source / "deep").chmod(0o750)
    packing.pack(source, target)
    out = unpacked(target)
    assert stat.S_IMODE((out / "a").stat().st_mode) == 0o755
    assert stat.S_IMODE((out / "deep").stat().st_mode) == 0o750
    assert (out / "a").stat().st_uid == (source / "a").stat().st_uid


@pytest.mark.parametrize("name", ["../out", "deep/../../out"])
def test_a_tar_that_leaves_its_folder_is_refused(target, name):
    with tarfile.open(target / storage.TAR, "w") as tar:
        tar.addfile(tarfile.TarInfo(name))
    with pytest.raises(BackupError, match="outside the destination"):
        storage.unpack(target, target / "in")
    assert not (target / "out").exists()


def test_an_absolute_path_stays_inside(target):
    with tarfile.open(target / storage.TAR, "w") as tar:
        tar.addfile(tarfile.TarInfo("/etc/opsflows"))
    assert (unpacked(target) / "etc/opsflows").is_file()
