"""No request leaves the allow-list: refused URLs open no connection, and no credential reaches another host."""

from __future__ import annotations

import socket
import threading

import pytest
import requests

from kit import http, net, urls
from kit.errors import ConnectError, UnsafeUrlError
from tests.kit_support import FaultServer, reply

pytestmark = pytest.mark.usefixtures("no_waits")

ALLOWED = ("graph.example.com", "*.cdn.example.com", "files.example.com:8443")
PRIVATE_ADDRESSES = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",  # noqa: S104 - to be refused
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:a00:1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2002:c0a8:101::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
]
UNSAFE_URLS = [
    "http://graph.example.com/",
    "https://evil.example.org/",
    "https://example.com/",
    "https://cdn.example.com/",
    "https://evilcdn.example.com/",
    "https://graph.example.com.evil.org/",
    "https://graph.example.com./",
    "https://graph.example.com:444/",
    "https://files.example.com/",
    "https://graph.example.com:0/",
    "https://user@graph.example.com/",
    "https://user:pw@graph.example.com/",
    "https://graph.example.com@evil.org/",
    "https://graph.example.com%40evil.org/",
    "https://evil.org#@graph.example.com/",
    "https://evil.org\\@graph.example.com/",
    "https://graph.example.com\\.evil.org/",
    "https://evil.org?@graph.example.com/",
    "https://evil.org;graph.example.com/",
    "https://graph.example.com\t.evil.org/",
    "https://graph.example.com\n/",
    " https://graph.example.com/",
    "https:graph.example.com/",
    "https:///graph.example.com/",
    "https:/graph.example.com/",
    "//graph.example.com/",
    "HTTPS://graph.example.com/",
    "https://GRAPH。example.com/",
    "https://ⓖraph.example.com/",
    "file:///etc/passwd",
    "file://graph.example.com/etc/passwd",
    "ftp://graph.example.com/",
    "gopher://graph.example.com/",
    "dict://graph.example.com/",
    "unix:///var/run/docker.sock",
    "data:text/plain,hi",
    "javascript:alert(1)",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://127.1/",
    "https://127.0.0.1.nip.io/",
    "https://169.254.169.254/latest/meta-data/",
    "https://localhost/",
    "https:///",
    "",
    "https://graph.example.com:99999/",
    "https://graph.example.com:8a/",
]


@pytest.fixture
def resolver(monkeypatch):
    """The name service of these tests: a list of answers per host, the last one stays."""
    answers: dict[str, list[list[str]]] = {}
    asked: list[str] = []
    real = socket.getaddrinfo

    def getaddrinfo(host, port, *args, **kwargs):
        asked.append(host)
        if host not in answers:
            return real(host, port, *args, **kwargs)
        found = answers[host].pop(0) if len(answers[host]) > 1 else answers[host][0]
        return [entry for address in found for entry in real(address, port, type=socket.SOCK_STREAM)]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    answers["__asked__"] = asked
    return answers


@pytest.fixture
def connections(monkeypatch):
    """Every address that any socket of this process tries to connect to; only loopback is really called."""
    tried: list[tuple] = []
    real = socket.socket.connect

    def connect(self, address):
        tried.append(address)
        if address[0] != "127.0.0.1":
            raise ConnectionRefusedError
        return real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    return tried


@pytest.mark.parametrize("url", UNSAFE_URLS)
def test_an_unsafe_url_opens_no_connection(url, resolver, connections):
    resolver["graph.example.com"] = [["93.184.215.14"]]
    with pytest.raises(UnsafeUrlError):
        net.check_url(url, ALLOWED)
    with pytest.raises(UnsafeUrlError):
        http.Client("acme", "https://graph.example.com", allow_hosts=ALLOWED).request("GET", url or "//")
    assert connections == []


@pytest.mark.parametrize("url", UNSAFE_URLS)
def test_a_library_with_our_session_reaches_allowed_hosts_only(url, resolver, connections):
    """requests tidies some of these URLs up before we see them; then only the allowed host may be meant."""
    resolver["graph.example.com"] = [["93.184.215.14"]]
    with pytest.raises((UnsafeUrlError, requests.RequestException)):
        net.guarded_session(ALLOWED).get(url, headers={"Authorization": "Bearer secret"})
    assert set(connections) <= {("93.184.215.14", 443)}


@pytest.mark.parametrize(
    "url",
    [
        "https://graph.example.com",
        "https://graph.example.com/v26.0/1?a=b&c=d#e",
        "https://graph.example.com:443/",
        "https://a.cdn.example.com/x%20y",
        "https://a.b.cdn.example.com/",
        "https://files.example.com:8443/",
    ],
)
def test_an_allowed_url_passes(url, resolver):
    for host in ("graph.example.com", "a.cdn.example.com", "a.b.cdn.example.com", "files.example.com"):
        resolver[host] = [["93.184.215.14", "2606:2800:21f:cb07::1"]]
    net.check_url(url, ALLOWED)


@pytest.mark.parametrize("address", PRIVATE_ADDRESSES)
def test_an_allowed_name_at_a_private_address_opens_no_connection(address, resolver, connections):
    assert not urls.is_public(address)
    resolver["graph.example.com"] = [["93.184.215.14", address.partition("%")[0]]]
    with pytest.raises(UnsafeUrlError, match="not a public address"):
        http.Client("acme", "https://graph.example.com").request("GET", "/")
    assert connections == []


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.215.14", "2606:2800:21f:cb07::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public_addresses_are_public(address):
    assert urls.is_public(address)


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0"])
def test_a_numeric_host_is_judged_by_the_address_it_means_even_when_allowed(host, connections):
    with pytest.raises(UnsafeUrlError, match="not a public address"):
        http.Client("acme", f"https://{host}").request("GET", "/")
    assert connections == []


def test_rebinding_gains_nothing(resolver, connections):
    """Public when checked, loopback when connecting: the second answer is checked as well."""
    resolver["graph.example.com"] = [["93.184.215.14"], ["127.0.0.1"]]
    with pytest.raises(UnsafeUrlError, match="not a public address"):
        http.Client("acme", "https://graph.example.com", headers={"Authorization": "Bearer t"}).request("GET", "/")
    assert connections == []
    assert resolver["__asked__"].count("graph.example.com") == 2


def test_the_connection_goes_to_the_very_address_that_was_checked(resolver, connections):
    """The third answer would be loopback, but nobody asks a third time."""
    resolver["graph.example.com"] = [["93.184.215.14"], ["93.184.215.15"], ["127.0.0.1"]]
    with pytest.raises(ConnectError):
        http.Client("acme", "https://graph.example.com", policy=http.RetryPolicy(attempts=1)).request("GET", "/")
    assert connections == [("93.184.215.15", 443)]


def test_a_private_endpoint_is_allowed_by_host_and_port_only(server, monkeypatch, connections):
    server.answers(reply())
    other_port = server.port + 1 if server.port < 65535 else server.port - 1
    monkeypatch.setenv("OPSFLOWS_HTTP_ALLOW_PRIVATE", f"127.0.0.1:{other_port}, localhost:{server.port}")
    with pytest.raises(UnsafeUrlError):
        http.Client("acme", server.url).request("GET", "/")
    assert connections == []
    monkeypatch.setenv("OPSFLOWS_HTTP_ALLOW_PRIVATE", server.netloc)
    assert http.Client("acme", server.url).request("GET", "/").status == 200


def test_the_vault_that_the_operator_named_may_be_private_and_still_needs_https(monkeypatch, resolver):
    resolver["vault.example.com"] = [["10.0.0.8"]]
    monkeypatch.setenv("VAULT_ADDR", "https://vault.example.com:8200/")
    net.check_url("https://vault.example.com:8200/v1/sys/health", ["vault.example.com:8200"])
    for url in ("https://vault.example.com/", "http://vault.example.com:8200/"):
        with pytest.raises(UnsafeUrlError):
            net.check_url(url, ["vault.example.com", "vault.example.com:8200"])
    monkeypatch.setenv("VAULT_ADDR", "http://vault.example.com:8200")
    with pytest.raises(UnsafeUrlError, match="must be called by https"):
        net.check_url("http://vault.example.com:8200/", ["vault.example.com:8200"])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:{other}/steal",
        "//127.0.0.1:{other}/steal",
        "http://localhost:{port}/",
        "https://127.0.0.1:{port}/",
        "http://user@127.0.0.1:{port}/",
        "http://169.254.169.254/latest/meta-data/",
        "file:///etc/passwd",
        "http://[::1]:{other}/",
        "\\\\127.0.0.1:{other}\\steal",
    ],
)
def test_a_redirect_to_another_origin_carries_nothing_there(server, status, target, monkeypatch):
    """Even when the other endpoint is on the allow-list itself."""
    with FaultServer() as other:
        other.answers(reply())
        monkeypatch.setenv("OPSFLOWS_HTTP_ALLOW_PRIVATE", f"{server.netloc},{other.netloc},localhost:{server.port}")
        server.answers(reply(status, Location=target.format(port=server.port, other=other.port)))
        caller = http.Client("acme", server.url, headers={"X-Token": "t"}, allow_hosts=[other.netloc])
        with pytest.raises(UnsafeUrlError):
            caller.request("GET", "/")
        session = net.guarded_session([server.netloc, other.netloc])
        with pytest.raises((UnsafeUrlError, requests.RequestException)):
            session.get(server.url, headers={"X-Token": "t"})
        assert other.connections == 0
        assert all(request.line.startswith("GET / ") for request in server.requests)


def test_proxies_and_netrc_of_the_environment_are_ignored(server, monkeypatch, tmp_path):
    with FaultServer() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        netrc = tmp_path / "netrc"
        netrc.write_text("machine 127.0.0.1 login someone password secret\n")
        monkeypatch.setenv("NETRC", str(netrc))
        server.answers(reply())
        http.Client("acme", server.url).request("GET", "/")
        net.guarded_session([server.netloc]).get(server.url, proxies={"http": proxy.url})
        assert proxy.connections == 0
    assert all("authorization" not in request.headers for request in server.requests)


def test_a_session_handed_to_a_library_has_a_deadline_too(server):
    hanging = threading.Event()
    server.answers(lambda _: hanging.wait(5))
    session = net.guarded_session([server.netloc], total_s=0.2)
    with pytest.raises(requests.RequestException):
        session.get(server.url)
    hanging.set()


def test_a_url_that_two_parsers_read_differently_is_refused_before_either_acts(connections):
    """urllib3 and urllib split this one at different places."""
    with pytest.raises(UnsafeUrlError):
        http.Client("acme", "https://graph.example.com").request("GET", "https://graph.example.com\\@127.0.0.1/")
    assert connections == []
