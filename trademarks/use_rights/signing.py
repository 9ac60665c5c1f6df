"""The software key that signs certificates: a file in DATA_DIR, made at the first signature.

A signature by it has no standing in law; a certificate so signed says so in large letters. What is
signed is a context line and the certificate's canonical facts.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

CONTEXT: Final = b"coi/use-certificate/v1\n"
FILE: Final = "certificate-key"


@dataclass(frozen=True)
class CertificateSignature:
    """An Ed25519 signature (64 bytes, hex) and the key that made it (first 8 bytes of its SHA-256, hex)."""

    key_id: str
    signature: str

    @property
    def short(self) -> str:
        """`3f2a 91c0 … 77be 0d12`: enough to compare by eye."""
        head, tail = self.signature[:8], self.signature[-8:]
        return f"{head[:4]} {head[4:]} … {tail[:4]} {tail[4:]}"


def sign(facts: str, data_dir: Path) -> CertificateSignature:
    """Sign a certificate's canonical facts; the same facts always give the same signature."""
    key = _key(data_dir)
    return CertificateSignature(key_id(key.public_key()), key.sign(CONTEXT + facts.encode()).hex())


def public_key_hex(data_dir: Path) -> str:
    """The 32 bytes against which anyone can check a certificate, as hex."""
    return _raw(_key(data_dir).public_key()).hex()


def key_id(key: Ed25519PublicKey) -> str:
    """What a certificate calls its key."""
    return hashlib.sha256(_raw(key)).hexdigest()[:16]


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _key(data_dir: Path) -> Ed25519PrivateKey:
    """The key of this installation. Two processes at once: the one that links its file first has made it."""
    path = data_dir / FILE
    if not path.exists():
        made = Ed25519PrivateKey.generate().private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        fresh = path.with_name(f"{FILE}.{os.getpid()}.new")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(made)
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return Ed25519PrivateKey.from_private_bytes(path.read_bytes())
