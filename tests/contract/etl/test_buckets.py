"""A folder and S3 do the same as buckets; neither lets a key lead elsewhere, and S3's errors are ours."""

import os
import socket

import pytest

from etl.buckets import model, opening, s3
from etl.buckets.folder import FolderBucket
from kit.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectError,
    NotFoundError,
    OpsflowsError,
    PermissionDeniedError,
    RateLimitedError,
    RefusedInputError,
    UnavailableError,
)


@pytest.fixture(params=["folder", "s3"])
def bucket(request, tmp_path, monkeypatch):
    if request.param == "s3":
        return opening.open_bucket(request.getfixturevalue("s3_uri"))
    monkeypatch.setenv("OPSFLOWS_ETL_BUCKET", f"file:{tmp_path}/bucket")
    return opening.open_bucket()


def test_what_was_put_is_listed_and_fetched(bucket, tmp_path):
    assert list(bucket.entries()) == []
    (tmp_path / "given").write_bytes(b"12345")
    assert bucket.put("b/date=2026-11-20/part 1.csv", tmp_path / "given")
    assert bucket.put("b/date=2026-11-19/part.csv", b"123")
    assert bucket.put("a.csv", b"")
    assert [tuple(entry) for entry in bucket.entries()] == [
        ("a.csv", 0),
        ("b/date=2026-11-19/part.csv", 3),
        ("b/date=2026-11-20/part 1.csv", 5),
    ]
    assert [entry.key for entry in bucket.entries("b/date=2026-11-2")] == ["b/date=2026-11-20/part 1.csv"]
    bucket.fetch("b/date=2026-11-20/part 1.csv", tmp_path / "got")
    assert (tmp_path / "got").read_bytes() == b"12345"


def test_once_is_once(bucket, tmp_path):
    assert bucket.put("a/b.json", b"first", once=True)
    assert not bucket.put("a/b.json", b"second", once=True)
    bucket.fetch("a/b.json", tmp_path / "got")
    assert (tmp_path / "got").read_bytes() == b"first"
    assert bucket.put("a/b.json", b"third")
    bucket.fetch("a/b.json", tmp_path / "got")
    assert (tmp_path / "got").read_bytes() == b"third"


def test_what_is_not_there_is_told(bucket, tmp_path):
    with pytest.raises(NotFoundError):
        bucket.fetch("nothing.csv", tmp_path / "got")


@pytest.mark.parametrize("key", ["", "/etc/passwd", "a/../../b", "..", "a//b", "a/./b", "a\0b", "a\nb", "~root/x"])
def test_a_key_leads_nowhere_else(bucket, tmp_path, key):
    for work in (lambda: bucket.put(key, b"x"), lambda: bucket.fetch(key, tmp_path / "got")):
        with pytest.raises(RefusedInputError) as caught:
            work()
        assert caught.value.code == "key_refused"


def test_a_link_does_not_lead_out_of_the_folder(tmp_path):
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "bucket").mkdir()
    (tmp_path / "bucket/link").symlink_to(tmp_path / "secret")
    with pytest.raises(RefusedInputError):
        FolderBucket(tmp_path / "bucket").fetch("link", tmp_path / "got")


@pytest.mark.parametrize("prefix", ["../", "a/../../x/", "/etc/"])
def test_a_beginning_does_not_lead_out_either(tmp_path, prefix):
    with pytest.raises(RefusedInputError):
        list(FolderBucket(tmp_path / "bucket").entries(prefix))


def test_a_draft_of_a_killed_writer_is_no_file(tmp_path):
    bucket = FolderBucket(tmp_path)
    bucket.put("a/b.csv", b"x")
    (tmp_path / "a/.draft-xyz").write_bytes(b"half")
    assert [entry.key for entry in bucket.entries()] == ["a/b.csv"]


def test_only_folders_of_ours_are_read(tmp_path, monkeypatch):
    work, shared = tmp_path / "work", tmp_path / "shared"
    for folder in (work, shared):
        folder.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setenv("OPSFLOWS_ETL_BUCKET", str(shared))
    for uri, key in (
        (f"file:{shared}/a/", "a/"),
        (f"file://{shared}/a.csv", "a.csv"),
        (f"{work}/b.csv", "b.csv"),
        ("c/d/", "c/d/"),
    ):
        assert opening.located(uri)[1] == key
    for uri in ("/etc/passwd", f"file:{work}/../x", "file:/", f"file://{tmp_path}"):
        with pytest.raises(RefusedInputError) as caught:
            opening.located(uri)
        assert caught.value.code == "path_refused"
        with pytest.raises(RefusedInputError):
            opening.open_bucket(uri)
    assert opening.open_bucket(f"{work}/exports").uri == f"file:{work}/exports"
    for uri in ("https://acme.test/x", "s3://UP/x", "file://host/x"):
        with pytest.raises(RefusedInputError):
            opening.located(uri)


def test_a_bucket_must_be_named(monkeypatch):
    monkeypatch.delenv("OPSFLOWS_ETL_BUCKET", raising=False)
    with pytest.raises(ConfigurationError, match="OPSFLOWS_ETL_BUCKET"):
        opening.open_bucket()


def test_the_machines_own_credentials_are_not_used(moto_s3, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_ETL_BUCKET_ENDPOINT", moto_s3)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDSOMEBODYELSES")
    with pytest.raises(ConfigurationError, match=s3.KEY_ID):
        opening.open_bucket("s3://some-bucket/x")


def test_no_such_bucket_and_no_server(s3_uri, tmp_path, monkeypatch):
    assert s3_uri
    with pytest.raises(NotFoundError):
        list(opening.open_bucket("s3://there-is-none").entries())
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    monkeypatch.setenv("OPSFLOWS_ETL_BUCKET_ENDPOINT", f"http://127.0.0.1:{port}")
    bucket = opening.open_bucket(s3_uri)
    bucket._client.meta.events.register("needs-retry.s3.*", lambda **_: None)
    with pytest.raises(ConnectError):
        bucket.fetch("a.csv", tmp_path / "got")


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("InvalidAccessKeyId", 403, AuthenticationError),
        ("AccessDenied", 403, PermissionDeniedError),
        ("SlowDown", 503, RateLimitedError),
        ("InternalError", 500, UnavailableError),
        ("", 429, RateLimitedError),
        ("Strange", 400, OpsflowsError),
    ],
)
def test_refusals_of_s3_are_ours(code, status, kind):
    found = s3._refusal({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "s3://b")
    assert isinstance(found, kind)
    assert found.provider == "s3"


def test_no_exception_of_botocore_leaves():
    from botocore import exceptions

    kinds = [
        kind
        for kind in vars(exceptions).values()
        if isinstance(kind, type) and issubclass(kind, exceptions.BotoCoreError | exceptions.ClientError)
    ]
    assert len(kinds) > 50
    for kind in kinds:
        with pytest.raises(OpsflowsError), s3._errors_mapped("s3://b"):
            raise kind({}, "GetObject") if issubclass(kind, exceptions.ClientError) else kind.__new__(kind)


def test_keys_of_every_day_are_fine():
    for key in ("a", "a/b.csv", "x/date=2026-11-20/part-00000.snappy.parquet", "año/ñ 1.csv", os.fspath("a/_SUCCESS")):
        assert model.checked(key) == key
