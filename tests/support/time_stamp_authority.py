"""A time stamp authority for tests: `openssl ts` behind HTTP, with a certificate authority of its own."""

import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

POLICY: Final = "1.3.6.1.4.1.13762.3"
_CONFIGURATION: Final = """
[tsa]
serial = {folder}/serial
signer_cert = {folder}/signer.pem
signer_key = {folder}/signer.key
signer_digest = sha256
default_policy = {policy}
digests = sha256
ess_cert_id_alg = {names_by}
accuracy = secs:1
tsa_name = yes
"""

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is missing")

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def _name(words: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, words)])


@dataclass(frozen=True)
class Root:
    """A certificate authority; `pem` is what a verifier trusts."""

    name: str = "Root of the test district"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def pem(self) -> bytes:
        now = datetime.now(UTC)
        made = _builder(self.name, self.name, self.key, now - timedelta(days=900), now + timedelta(days=900))
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        return made.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def certify(
        self,
        name: str,
        key: PrivateKey,
        *,
        purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.TIME_STAMPING,
        days: tuple[int, int] = (-1, 30),
        may_issue: bool = False,
    ) -> bytes:
        """A certificate for one purpose, valid from and until so many days from now, in PEM."""
        now = datetime.now(UTC)
        made = _builder(name, self.name, key, now + timedelta(days=days[0]), now + timedelta(days=days[1]))
        made = made.add_extension(x509.ExtendedKeyUsage([purpose]), critical=True)
        made = made.add_extension(x509.BasicConstraints(ca=may_issue, path_length=None), critical=True)
        return made.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _builder(
    name: str, issuer: str, key: PrivateKey, begin: datetime, end: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
    )


@dataclass
class TimeStampAuthority:
    """Answers requests with `openssl ts -reply`; `spoil` and `delay_s` make a bad one of it."""

    folder: Path
    root: Root
    url: str = ""
    asked: int = 0
    spoil: Callable[[bytes], bytes] = bytes
    delay_s: float = 0
    status: int = 200

    @classmethod
    def made(
        cls,
        folder: Path,
        *,
        root: Root | None = None,
        name: str = "Province time stamps",
        names_by: str = "sha256",
        days: tuple[int, int] = (-1, 30),
        of_rsa: bool = False,
        through: str = "",
    ) -> "TimeStampAuthority":
        """A new authority with its key and certificate in this folder, by way of a middle one where named."""
        folder.mkdir(parents=True, exist_ok=True)
        root = root or Root()
        key: PrivateKey = (
            rsa.generate_private_key(65537, 2048) if of_rsa else ec.generate_private_key(ec.SECP256R1())
        )
        (folder / "root.pem").write_bytes(root.pem)
        issuer, told = root, _CONFIGURATION.format(folder=folder, policy=POLICY, names_by=names_by)
        if through:
            issuer = Root(through)
            (folder / "middle.pem").write_bytes(root.certify(through, issuer.key, may_issue=True))
            told += f"certs = {folder}/middle.pem\n"
        (folder / "signer.pem").write_bytes(issuer.certify(name, key, days=days))
        (folder / "signer.key").write_bytes(_private_pem(key))
        (folder / "serial").write_text("01\n")
        (folder / "tsa.cnf").write_text(told)
        return cls(folder, root)

    @property
    def ca_file(self) -> Path:
        """What a verifier trusts."""
        return self.folder / "root.pem"

    def reply(self, request: bytes, *, token_only: bool = False) -> bytes:
        """The answer of openssl to a request, or the token in it."""
        (self.folder / "request").write_bytes(request)
        how = ["-token_out"] if token_only else []
        _openssl(
            "ts",
            "-reply",
            "-config",
            self.folder / "tsa.cnf",
            "-section",
            "tsa",
            *how,
            "-queryfile",
            self.folder / "request",
            "-out",
            self.folder / "answer",
        )
        return (self.folder / "answer").read_bytes()

    def token(self, body: bytes) -> bytes:
        """A token over these bytes, as `openssl ts` makes it by itself."""
        (self.folder / "body").write_bytes(body)
        _openssl(
            "ts", "-query", "-sha256", "-cert", "-data", self.folder / "body", "-out", self.folder / "query"
        )
        return self.reply((self.folder / "query").read_bytes(), token_only=True)

    def sign_as(self, content: bytes, certificate: bytes, key: PrivateKey) -> bytes:
        """Any content signed as a time stamp is, by another certificate of this root."""
        (self.folder / "content").write_bytes(content)
        (self.folder / "other.pem").write_bytes(certificate)
        (self.folder / "other.key").write_bytes(_private_pem(key))
        _openssl(
            "cms",
            "-sign",
            "-binary",
            "-nodetach",
            "-cades",
            "-md",
            "sha256",
            "-outform",
            "DER",
            "-econtent_type",
            "1.2.840.113549.1.9.16.1.4",
            "-in",
            self.folder / "content",
            "-signer",
            self.folder / "other.pem",
            "-inkey",
            self.folder / "other.key",
            "-out",
            self.folder / "signed",
        )
        return (self.folder / "signed").read_bytes()


def new_key() -> ec.EllipticCurvePrivateKey:
    """A key that nobody knows yet."""
    return ec.generate_private_key(ec.SECP256R1())


def _private_pem(key: PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _openssl(*words: str | Path) -> None:
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {words[0]}: {done.stderr}")


@contextmanager
def answering(authority: TimeStampAuthority) -> Iterator[TimeStampAuthority]:
    """Let an authority answer over HTTP until the block ends; its `url` is set."""
    one_at_a_time = threading.Lock()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked_right = self.headers.get("Content-Type") == "application/timestamp-query"
            with one_at_a_time:
                authority.asked += 1
                answer = authority.reply(request) if asked_right else b"not a time stamp query"
            # All is decided before the wait: an answer that nobody waits for any more must not meet what
            # the next test has set.
            answer, status = authority.spoil(answer), authority.status if asked_right else 400
            time.sleep(authority.delay_s)
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *words: object) -> None:
            """The tests say what they need to know."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    authority.url = f"http://127.0.0.1:{server.server_address[1]}/tsr"
    try:
        yield authority
    finally:
        server.shutdown()
        server.server_close()
