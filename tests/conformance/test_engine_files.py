"""Namespace files by Kestra's own SDK, revisions included."""

import pytest
from kestrapy.exceptions import NotFoundException

pytestmark = pytest.mark.engine

BINARY = bytes(range(256)) * 40


@pytest.fixture
def files(kestra):
    return kestra.client.files


def test_bytes_come_back_as_they_went_in(kestra, files):
    files.create_namespace_file(kestra.namespace, "/bin/all.bin", "main", BINARY)
    assert files.file_content(kestra.namespace, "/bin/all.bin", "main") == BINARY
    assert files.file_metadatas(kestra.namespace, "main", "/bin/all.bin").size == len(BINARY)


def test_a_directory_lists_its_children_only(kestra, files):
    for path in ("/tree/a.txt", "/tree/deep/b.txt"):
        files.create_namespace_file(kestra.namespace, path, "main", b"x")
    listed = {
        entry.file_name: entry.type.value
        for entry in files.list_namespace_directory_files(kestra.namespace, "main", "/tree")
    }
    assert listed == {"a.txt": "File", "deep": "Directory"}


def test_each_write_is_a_revision_that_stays_readable(kestra, files):
    for text in (b"one", b"two"):
        files.create_namespace_file(kestra.namespace, "/revised.txt", "main", text)
    revisions = files.file_revisions(kestra.namespace, "main", "/revised.txt")
    assert [revision.revision for revision in revisions] == [1, 2]
    assert files.file_content(kestra.namespace, "/revised.txt", "main") == b"two"
    assert files.file_content(kestra.namespace, "/revised.txt", "main", revision=1) == b"one"


def test_move_takes_a_directory_with_its_files(kestra, files):
    files.create_namespace_file(kestra.namespace, "/from/x/f.txt", "main", b"moved")
    files.move_file_directory(kestra.namespace, "/from", "/to", "main")
    assert files.file_content(kestra.namespace, "/to/x/f.txt", "main") == b"moved"
    with pytest.raises(NotFoundException):
        files.file_content(kestra.namespace, "/from/x/f.txt", "main")


def test_delete_takes_a_directory_with_its_files(kestra, files):
    files.create_namespace_file(kestra.namespace, "/gone/f.txt", "main", b"x")
    files.delete_file_directory(kestra.namespace, "/gone", "main")
    with pytest.raises(NotFoundException):
        files.file_content(kestra.namespace, "/gone/f.txt", "main")


def test_search_finds_paths(kestra, files):
    files.create_namespace_file(kestra.namespace, "/search/needle.txt", "main", b"x")
    assert files.search_namespace_files(kestra.namespace, "needle", "main") == ["/search/needle.txt"]


def test_directories_can_be_made_empty(kestra, files):
    files.create_namespace_directory(kestra.namespace, "main", "/empty")
    assert files.list_namespace_directory_files(kestra.namespace, "main", "/empty") == []


def test_a_path_cannot_leave_the_namespace(kestra):
    answer = kestra.api("GET", f"/namespaces/{kestra.namespace}/files", params={"path": "/../../secret"})
    assert answer.status_code == 422


def test_a_missing_file_is_not_found(kestra, files):
    with pytest.raises(NotFoundException):
        files.file_content(kestra.namespace, "/never.txt", "main")
