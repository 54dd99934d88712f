"""The worker's own disk, and certificates that will end."""

from __future__ import annotations

import os
import socket
import ssl
import time
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from kit import db, settings
from kit.errors import ConnectError
from platform_tasks.health.model import Finding, graded

if TYPE_CHECKING:
    from datetime import datetime

_FULL: Final = (0.85, 0.95)
_DAYS: Final = (14.0, 3.0)
_DAY_S: Final = 86_400
_WAIT_S: Final = 5.0
# Source: PostgreSQL, "Message Formats", SSLRequest; the server answers with one byte, S or N.
_SSL_REQUEST: Final = (8).to_bytes(4, "big") + (80_877_103).to_bytes(4, "big")


def disk() -> Finding:
    """How full the disk is that tasks work on: of bytes, or of files where it runs out of these first."""
    found = os.statvfs(".")
    # As df says it: what is kept for the superuser is not ours to fill.
    space = _share(found.f_blocks - found.f_bfree, found.f_bavail)
    files = _share(found.f_files - found.f_ffree, found.f_favail)
    if files > space:
        return graded(
            files, *_FULL, f"{files:.0%} of the files that the disk can hold exist; {found.f_favail} are left."
        )
    free = found.f_bavail * found.f_frsize / 1e9
    return graded(space, *_FULL, f"The disk is {space:.0%} full; {free:.1f} GB are free.")


def _share(used: int, free: int) -> float:
    # A file system without a fixed number of files says that there are none.
    return used / max(1, used + free)


def edge_certificate() -> Finding | None:
    """How long the certificates of our public addresses are good, the worst one; None when no https address is set."""
    config = settings.get()
    parts = [urlsplit(url or "") for url in (config.console_url, config.kestra_public_url)]
    hosts = {(one.hostname, one.port or 443) for one in parts if one.scheme == "https" and one.hostname}
    context = ssl.create_default_context()
    found = [(days_left(host, port, context, _WAIT_S), host) for host, port in sorted(hosts)]
    return _judged(*min(found)) if found else None


def database_certificate() -> Finding | None:
    """How long the certificate of Postgres is good; None without TLS."""
    with db.connect(connect_s=5, statement_s=_WAIT_S) as conn:
        if not conn.info.ssl_in_use or conn.info.host.startswith("/"):
            return None
        host, port = conn.info.host, conn.info.port
    from cryptography import x509

    found = x509.load_der_x509_certificate(_certificate_of_postgres(host, port))
    return _judged(_days_until(found.not_valid_after_utc), "Postgres")


def days_left(host: str, port: int, context: ssl.SSLContext, timeout_s: float) -> int:
    """Whole days until the certificate of a server ends.

    Raises:
        ConnectError: no TLS connection, or the certificate cannot be trusted.
    """
    try:
        with (
            socket.create_connection((host, port), timeout_s) as plain,
            context.wrap_socket(plain, server_hostname=host) as tls,
        ):
            ends = ssl.cert_time_to_seconds(str((tls.getpeercert() or {})["notAfter"]))
    except OSError as error:
        raise ConnectError(f"No TLS connection to {host}: {error}", provider="edge") from error
    return int((ends - time.time()) // _DAY_S)


def _certificate_of_postgres(host: str, port: int) -> bytes:
    """The certificate as it is shown; whether it is trusted is libpq's to decide."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with socket.create_connection((host, port), _WAIT_S) as plain:
            plain.sendall(_SSL_REQUEST)
            if plain.recv(1) != b"S":
                raise ConnectError("Postgres offers no TLS here.", provider="postgres")
            with context.wrap_socket(plain) as tls:
                return tls.getpeercert(binary_form=True) or b""
    except OSError as error:
        raise ConnectError(f"No TLS connection: {error}", provider="postgres") from error


def _days_until(moment: datetime) -> int:
    return int((moment.timestamp() - time.time()) // _DAY_S)


def _judged(days: int, whose: str) -> Finding:
    warn, fail = _DAYS
    found = graded(-days, -warn, -fail, f"The certificate of {whose} is good for {days} more days.")
    return Finding(found.state, found.detail, float(days))
