"""Certificates are verified, always; what a host fails to send of its chain can be given."""

import shutil
import ssl
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from hostile_server import Host, serving
from impactsound.corpus.download.fetch import fetch
from impactsound.corpus.download.session import Session
from impactsound.errors import InputError

DATA = b"the very bytes"
OPENSSL = shutil.which("openssl")
pytestmark = pytest.mark.skipif(not OPENSSL, reason="needs the openssl program, to make certificates")
AUTHORITY = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash"


def openssl(folder: Path, *arguments: str) -> None:
    """Run openssl in a folder; where it is one that cannot do that, there is nothing to test with."""
    done = subprocess.run([OPENSSL, *arguments], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"this openssl makes no such certificate: {done.stderr.strip().splitlines()[0]}")


def certify(folder: Path, name: str, issuer: str | None, extension: str, days: int = 9) -> None:
    """Make a certificate and its key, signed by another of the folder, or by itself."""
    (folder / "extensions").write_text(extension)
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key"]
    openssl(folder, "req", *key, "-subj", f"/CN={name}", "-out", f"{name}.csr")
    signer = ["-CA", f"{issuer}.pem", "-CAkey", f"{issuer}.key"] if issuer else ["-signkey", f"{name}.key"]
    made = ["-days", str(days), "-extfile", "extensions", "-out", f"{name}.pem"]
    openssl(folder, "x509", "-req", "-in", f"{name}.csr", *signer, *made)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A root, an intermediate, and hosts that the intermediate vouches for."""
    folder = tmp_path_factory.mktemp("certificates")
    certify(folder, "root", None, AUTHORITY)
    certify(folder, "middle", "root", AUTHORITY)
    certify(folder, "host", "middle", "subjectAltName=DNS:localhost")
    certify(folder, "other", "middle", "subjectAltName=DNS:example.com")
    both = folder / "both.pem"
    both.write_text((folder / "root.pem").read_text() + (folder / "middle.pem").read_text())
    return SimpleNamespace(folder=folder, **{path.stem: str(path) for path in folder.glob("*.pem")})


def served(made, name="host"):
    """A host over TLS that sends its own certificate alone, as that of the release does."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.folder / f"{name}.pem", made.folder / f"{name}.key")
    return serving(Host(DATA), context)


def refused(host, target, ca_bundle=None) -> str:
    with pytest.raises(InputError, match=r"cannot be verified") as caught:
        fetch(host.url, target, Session(ca_bundle), pause=0.0)
    assert not host.asked and not target.exists()
    assert "download.ca_bundle" in str(caught.value) and "\n" not in str(caught.value)
    return str(caught.value)


def test_a_host_that_nobody_vouches_for_is_refused(made, tmp_path):
    with served(made) as host:
        assert "unable to get local issuer" in refused(host, tmp_path / "a")


def test_the_whole_chain_in_a_file_is_enough(made, tmp_path):
    with served(made) as host:
        fetch(host.url, tmp_path / "a", Session(made.both))
    assert (tmp_path / "a").read_bytes() == DATA


def test_the_missing_link_is_enough_where_the_root_is_trusted(made, tmp_path, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", made.root)
    with served(made) as host:
        refused(host, tmp_path / "a")
        fetch(host.url, tmp_path / "a", Session(made.middle))
    assert (tmp_path / "a").read_bytes() == DATA


def test_the_missing_link_alone_is_not(made, tmp_path):
    with served(made) as host:
        refused(host, tmp_path / "a", made.middle)


def test_a_certificate_of_another_host_is_refused(made, tmp_path):
    with served(made, "other") as host:
        assert "ostname mismatch" in refused(host, tmp_path / "a", made.both)


def test_a_certificate_that_has_expired_is_refused(made, tmp_path):
    certify(made.folder, "late", "middle", "subjectAltName=DNS:localhost", days=-1)
    with served(made, "late") as host:
        assert "expired" in refused(host, tmp_path / "a", made.both)


def test_other_authorities_are_still_trusted_beside_those_of_the_file(made):
    context = Session(made.both).get_adapter("https://example.com").poolmanager.connection_pool_kw["ssl_context"]
    assert context.verify_mode == ssl.CERT_REQUIRED and context.check_hostname
    assert Session(made.both).verify is True


def test_no_redirect_leads_from_tls_to_plain_http(made, tmp_path):
    with served(made) as host:
        host.answers = [(302, {"Location": "http://example.com/file.zip"})]
        with pytest.raises(InputError, match=r"http://example.com/file.zip: is not https"):
            fetch(host.url, tmp_path / "a", Session(made.both))


@pytest.mark.parametrize("content", [None, "", "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n"])
def test_a_bundle_that_is_none(tmp_path, content):
    path = tmp_path / "bundle.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=r"bundle.pem: download.ca_bundle is no file of certificates"):
        Session(str(path))
