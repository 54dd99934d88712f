"""A bucket of S3, by boto3; no exception of boto3 or botocore leaves this module.

Each call is one attempt for the breaker and the limits of `s3` in config/limits.json; botocore's own tries are within.

Credentials are the secrets ETL_BUCKET_KEY_ID and ETL_BUCKET_SECRET, never those of the machine: boto3 would ask the
cloud's metadata address for them. boto3 is imported when a bucket is opened; that takes 0.4 s.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from etl.buckets.model import Entry, checked
from kit import policies, secrets, settings
from kit.errors import (
    AuthenticationError,
    ConfigurationError,
    ConflictError,
    ConnectError,
    DeadlineError,
    InvalidRequestError,
    NotFoundError,
    OpsflowsError,
    PermissionDeniedError,
    RateLimitedError,
    TransientError,
    UnavailableError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROVIDER: Final = "s3"
KEY_ID: Final = "ETL_BUCKET_KEY_ID"
SECRET: Final = "ETL_BUCKET_SECRET"  # noqa: S105 - a name
_BLOCK: Final = 1 << 20
_TRIES: Final = 3  # of a body that breaks off; requests are tried again by botocore
_CODES: Final[dict[str, type[OpsflowsError]]] = {
    "InvalidAccessKeyId": AuthenticationError,
    "SignatureDoesNotMatch": AuthenticationError,
    "ExpiredToken": AuthenticationError,
    "AccessDenied": PermissionDeniedError,
    "NoSuchBucket": NotFoundError,
    "NoSuchKey": NotFoundError,
    "PreconditionFailed": ConflictError,
    "ConditionalRequestConflict": UnavailableError,
    "SlowDown": RateLimitedError,
}
_STATUSES: Final[dict[int, type[OpsflowsError]]] = {
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    412: ConflictError,
    429: RateLimitedError,
}


class S3Bucket:
    """Files of one bucket."""

    def __init__(self, name: str, prefix: str = "") -> None:
        """Make the client; nothing is connected yet.

        Args:
            name: of the bucket.
            prefix: what all keys begin with.

        Raises:
            ConfigurationError: a secret is missing (`secret_missing`), or the endpoint is no URL.
        """
        self._name, self._prefix = name, prefix.strip("/") + "/" if prefix.strip("/") else ""
        self.uri = f"s3://{name}/{self._prefix}".rstrip("/")
        self._client = _client()

    def entries(self, prefix: str = "") -> Iterator[Entry]:
        """The files whose keys begin so; S3 lists them in order, a thousand a call."""
        lister = self._client.get_paginator("list_objects_v2")
        pages = iter(lister.paginate(Bucket=self._name, Prefix=self._prefix + prefix))
        while True:
            with _call(self.uri, "read"):
                page = next(pages, None)
            if page is None:
                return
            for found in page.get("Contents", ()):
                yield Entry(found["Key"].removeprefix(self._prefix), found["Size"])

    def reach(self, seconds: float) -> bool:
        """Ask once whether the bucket lets us list it, beside limits and breaker; true when it has a file of ours.

        Raises:
            OpsflowsError: it does not, or does not answer within `seconds`.
        """
        with _errors_mapped(self.uri):
            client = _client(tries=1, connect_s=min(4.0, seconds), read_s=seconds)
            answer = client.list_objects_v2(Bucket=self._name, Prefix=self._prefix, MaxKeys=1)
        return bool(answer.get("KeyCount"))

    def fetch(self, key: str, path: Path) -> None:
        """Copy a file to the local disk, a mebibyte at a time."""
        for left in reversed(range(_TRIES)):
            try:
                with _call(f"{self.uri}/{key}", "read"), path.open("wb") as file:
                    answer = self._client.get_object(Bucket=self._name, Key=self._prefix + checked(key))
                    for block in answer["Body"].iter_chunks(_BLOCK):
                        file.write(block)
            except TransientError:
                if not left:
                    raise
            else:
                return

    def put(self, key: str, content: bytes | Path, *, once: bool = False) -> bool:
        """Write a file of at most 5 GB; `once` is S3's own condition, so it holds against other writers too."""
        condition = {"IfNoneMatch": "*"} if once else {}
        try:
            with _call(f"{self.uri}/{key}", "write"):
                self._put(checked(key), content, condition)
        except ConflictError as error:
            if once and error.details.get("status") == 412:  # noqa: PLR2004 - HTTP's own number
                return False
            raise
        return True

    def _put(self, key: str, content: bytes | Path, condition: dict[str, str]) -> None:
        where = {"Bucket": self._name, "Key": self._prefix + key}
        if isinstance(content, bytes):
            self._client.put_object(**where, Body=content, **condition)
            return
        with content.open("rb") as file:
            self._client.put_object(**where, Body=file, **condition)


def _client(*, tries: int = 4, connect_s: float = 5, read_s: float = 20) -> Any:
    import boto3
    from botocore.config import Config

    found = settings.get()
    key_id, secret = secrets.get(KEY_ID), secrets.get(SECRET)
    own = bool(found.etl_bucket_endpoint)
    config = Config(
        connect_timeout=connect_s,
        read_timeout=read_s,
        retries={"total_max_attempts": tries, "mode": "standard"},
        proxies={},
        # Servers other than Amazon's often know neither names of buckets in the host nor checksums in a trailer.
        s3={"addressing_style": "path" if own else "virtual"},
        request_checksum_calculation="when_required" if own else "when_supported",
        response_checksum_validation="when_required" if own else "when_supported",
    )
    try:
        return boto3.session.Session().client(
            "s3",
            region_name=found.etl_bucket_region,
            endpoint_url=found.etl_bucket_endpoint,
            aws_access_key_id=key_id,
            aws_secret_access_key=secret,
            config=config,
        )
    except ValueError as error:
        raise ConfigurationError(f"OPSFLOWS_ETL_BUCKET_ENDPOINT is no URL: {error}.") from error


@contextmanager
def _call(what: str, kind: str) -> Iterator[None]:
    """One call, within the limits and the breaker that all processes share."""
    with policies.guarded(PROVIDER, kind), _errors_mapped(what):
        yield


@contextmanager
def _errors_mapped(what: str) -> Iterator[None]:
    from botocore import exceptions as theirs

    try:
        yield
    except theirs.ClientError as error:
        raise _refusal(error.response, what) from error
    except (
        theirs.EndpointConnectionError,
        theirs.ConnectTimeoutError,
        theirs.ProxyConnectionError,
        theirs.SSLError,
    ) as error:
        raise ConnectError(f"S3 ({what}): no connection.", provider=PROVIDER) from error
    except theirs.ReadTimeoutError as error:
        raise DeadlineError(f"S3 ({what}): no answer in time.", provider=PROVIDER) from error
    except (theirs.ParamValidationError, theirs.NoCredentialsError) as error:
        raise InvalidRequestError(f"S3 ({what}): {type(error).__name__}.", provider=PROVIDER) from error
    except (theirs.BotoCoreError, theirs.HTTPClientError) as error:
        raise UnavailableError(f"S3 ({what}): {type(error).__name__}.", provider=PROVIDER) from error


def _refusal(response: dict[str, Any], what: str) -> OpsflowsError:
    code = str(response.get("Error", {}).get("Code", ""))
    meta = response.get("ResponseMetadata", {})
    status = int(meta.get("HTTPStatusCode", 0))
    usual = UnavailableError if status >= 500 else InvalidRequestError  # noqa: PLR2004 - HTTP's own number
    kind = _CODES.get(code) or _STATUSES.get(status, usual)
    return kind(
        f"S3 ({what}): {code or status}.",
        provider=PROVIDER,
        request_id=meta.get("RequestId"),
        details={"status": status, "s3_code": code},
    )
