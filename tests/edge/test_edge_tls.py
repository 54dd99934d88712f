"""TLS: what is offered, what is refused, where plain HTTP leads, how a certificate is changed."""

import socket
import ssl
import struct
import warnings

import pytest
from edgekit import CHALLENGE, ask, connection, leaks, post

from local.certificate import make_certificate
from local.edge import SERVER_NAME

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS, HEADERS, RST_STREAM, GOAWAY = 4, 1, 3, 7


def handshake(edge, name: str | None = SERVER_NAME, **options) -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=str(edge.certificate))
    context.check_hostname = name is not None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # old versions are what some tests ask for
        for option, value in options.items():
            setattr(context, option, value) if option != "protocols" else context.set_alpn_protocols(value)
    plain = socket.create_connection(("127.0.0.1", edge.port), 10)
    try:
        return context.wrap_socket(plain, server_hostname=name)
    except BaseException:
        plain.close()
        raise


def test_a_post_by_tls_reaches_kestra_and_the_browser_is_told_to_stay_with_tls(tls_edge, kestra):
    answer = post(tls_edge, b'{"tls":1}')
    assert answer.status == 200
    assert kestra.stored(kestra.execution(answer.request_id)) == b'{"tls":1}'
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert ask(tls_edge, "/nowhere").headers["strict-transport-security"] == "max-age=31536000"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_versions_in_use_are_offered(tls_edge, version):
    with handshake(tls_edge, minimum_version=version, maximum_version=version) as opened:
        cipher = opened.cipher()[0]
        assert "GCM" in cipher or "CHACHA20" in cipher


def test_old_versions_are_refused(tls_edge):
    with pytest.raises((ssl.SSLError, ConnectionError)):
        handshake(tls_edge, minimum_version=ssl.TLSVersion.TLSv1, maximum_version=ssl.TLSVersion.TLSv1_1)


@pytest.mark.parametrize("name", [None, "kestra", f"other.{SERVER_NAME}"])
def test_another_name_is_refused_in_the_handshake(tls_edge, name):
    with pytest.raises((ssl.SSLError, ConnectionError)):
        handshake(tls_edge, name)


def test_the_right_name_with_another_host_gets_no_answer(tls_edge):
    with pytest.raises(ConnectionError):
        ask(tls_edge, CHALLENGE, host="kestra")


def test_plain_http_leads_to_https_without_the_query(tls_edge):
    answer = ask(tls_edge, CHALLENGE, port=tls_edge.plain_port)
    assert (answer.status, answer.headers["location"]) == (308, f"https://{SERVER_NAME}/hooks/whatsapp")
    assert leaks(str(answer)) == []
    odd = ask(tls_edge, "/%0d%0aX-Evil:1", port=tls_edge.plain_port)
    assert (odd.headers["location"], "x-evil" in odd.headers) == (f"https://{SERVER_NAME}", False)


def test_plain_http_serves_the_files_that_prove_the_name_to_an_authority(tls_edge):
    folder = tls_edge.folder / "acme" / ".well-known" / "acme-challenge"
    folder.mkdir(parents=True)
    folder.parent.chmod(0o755)
    (folder / "a_token-1").write_text("proof")
    assert ask(tls_edge, "/.well-known/acme-challenge/a_token-1", port=tls_edge.plain_port).body == b"proof"
    assert ask(tls_edge, "/.well-known/acme-challenge/none", port=tls_edge.plain_port).status == 404
    # Escaping is nginx's own matter, but a folder is only as closed as its neighbours.
    assert ask(tls_edge, "/.well-known/acme-challenge/../../../secrets/x", port=tls_edge.plain_port).status != 200


def test_a_renewed_certificate_is_taken_over_by_a_reload(tls_edge):
    def serial() -> str:
        with connection(tls_edge) as opened:
            return opened.sock.getpeercert()["serialNumber"]

    before = serial()
    make_certificate(tls_edge.folder / "certs", SERVER_NAME)
    tls_edge.reload()
    assert serial() != before


def test_without_a_certificate_it_says_what_to_do(tls_edge):
    import subprocess

    from local.edge import EDGE

    nowhere = {**tls_edge.environment, "EDGE_CERT_DIR": "/nonexistent", "EDGE_RUN": str(tls_edge.folder / "other")}
    done = subprocess.run([EDGE / "render.sh"], env=nowhere, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "EDGE_TLS=off" in done.stderr


# --- HTTP/2


def frame(kind: int, stream: int, payload: bytes = b"", flags: int = 0) -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def block(path: str) -> bytes:
    """HPACK without compression: GET, https, the host, the path."""

    def literal(index: int, value: str) -> bytes:
        assert len(value) < 127
        return bytes([index, len(value)]) + value.encode()

    return b"\x82\x87" + literal(0x01, SERVER_NAME) + literal(0x04, path)


def frames(opened: ssl.SSLSocket) -> list[tuple[int, int]]:
    """(kind, stream) of every frame until the edge closes."""
    received = b""
    try:
        while part := opened.recv(65536):
            received += part
    except (ConnectionError, TimeoutError, ssl.SSLError):
        pass
    found = []
    while len(received) >= 9:
        length = int.from_bytes(received[:3])
        found.append((received[3], int.from_bytes(received[5:9])))
        received = received[9 + length :]
    return found


def test_http_2_is_spoken_and_its_paths_are_the_same(tls_edge):
    with handshake(tls_edge, protocols=["h2"]) as opened:
        assert opened.selected_alpn_protocol() == "h2"
        paths = {1: "/healthz", 3: "/api/v1/main/flows", 5: "//healthz"}
        asked = b"".join(frame(HEADERS, stream, block(path), flags=5) for stream, path in paths.items())
        opened.sendall(PREFACE + frame(SETTINGS, 0) + asked + frame(GOAWAY, 0, bytes(8)))
        opened.settimeout(1)
        assert {stream for kind, stream in frames(opened) if kind == HEADERS} == {1, 3, 5}


def test_streams_that_are_opened_and_reset_without_end_are_cut_off(tls_edge):
    """The rapid reset attack: the edge ends the connection, and goes on serving others."""
    reset = struct.pack(">I", 8)
    with handshake(tls_edge, protocols=["h2"]) as opened:
        opened.settimeout(5)
        opened.sendall(PREFACE + frame(SETTINGS, 0))
        try:
            for stream in range(1, 12_001, 2):
                opened.sendall(frame(HEADERS, stream, block("/healthz"), flags=5) + frame(RST_STREAM, stream, reset))
        except (ConnectionError, ssl.SSLError):
            pass
        else:
            assert GOAWAY in {kind for kind, _ in frames(opened)}
    assert ask(tls_edge, "/healthz").status == 200
