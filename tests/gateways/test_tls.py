"""HTTPS: the name of the URL in SNI, Host and certificate check, whatever address it resolves to."""

import datetime
import socket
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.gateways.servers import LoopbackServer, always, http
from webapp.gateways.errors import Unavailable
from webapp.gateways.http import HttpRequest

NAME = "platform.example.com"


@pytest.fixture
def certificate(tmp_path):
    """A certificate for NAME that signs itself; returns the path of certificate and key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "pair.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(built.public_bytes(serialization.Encoding.PEM) + private)
    return path


@pytest.fixture
def names(certificate):
    return []


@pytest.fixture
def server(certificate, names):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda sock, name, ctx: names.append(name)
    with LoopbackServer(always(http()), context) as server:
        yield server


@pytest.fixture(autouse=True)
def _all_names_are_loopback(monkeypatch):
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, port, *rest: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))],
    )


def test_sni_host_and_certificate_are_of_the_url(make_client, certificate, server, names):
    client = make_client(ca_bundle=str(certificate))
    for _ in range(2):
        assert client.send(HttpRequest("GET", f"https://{NAME}:{server.port}/x")).status == 200
    assert names == [NAME]
    assert f"Host: {NAME}:{server.port}".encode() in server.requests[0]


def test_certificate_of_another_name_is_refused_before_sending(make_client, certificate, server):
    client = make_client(ca_bundle=str(certificate))
    with pytest.raises(Unavailable) as caught:
        client.send(HttpRequest("POST", f"https://other.example.com:{server.port}/x", body=b"secret"))
    assert caught.value.code == "tls_failed"
    assert server.requests == []


def test_unknown_authority_is_refused(make_client, server):
    with pytest.raises(Unavailable) as caught:
        make_client().send(HttpRequest("GET", f"https://{NAME}:{server.port}/x"))
    assert caught.value.code == "tls_failed"
