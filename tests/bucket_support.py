"""Buckets for tests: a folder, and moto's S3 behind a real socket."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from etl.buckets import s3

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRETS = {s3.KEY_ID: "AKIDTESTTESTTEST", s3.SECRET: "made-up-secret-of-the-test"}


@pytest.fixture(scope="session")
def moto_s3() -> Iterator[str]:
    """The address of a server that speaks S3."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3_uri(moto_s3: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty bucket; the settings and secrets lead there."""
    monkeypatch.setenv("OPSFLOWS_ETL_BUCKET_ENDPOINT", moto_s3)
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    name = f"test-{uuid.uuid4()}"
    s3._client().create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return f"s3://{name}/some/folder"
