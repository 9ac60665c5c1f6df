"""Passwords, one-time codes and TOTP: hashed or encrypted under the installation's key.

One key is derived for each purpose (HKDF), so that a value kept for one cannot be used for another.
"""

import base64
import hashlib
import hmac
import re
import secrets
from datetime import datetime
from typing import Final

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from argon2.low_level import ARGON2_VERSION
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.kernel.problems import Invalid

SHORTEST_PASSWORD: Final = 12
TOTP_STEP_S: Final = 30
_HASHER = PasswordHasher()
_FULL_WIDTH = {0xFF10 + n: ord("0") + n for n in range(10)}


class PasswordTooShort(Invalid):
    """A password has at least twelve characters; nothing else is asked of it."""

    type, field = "password-too-short", "password"


def _key(secret: str, purpose: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=f"coi/{purpose}/v1".encode()).derive(secret.encode())


def new_code() -> str:
    """Six random digits."""
    return f"{secrets.randbelow(1_000_000):06d}"


def typed_code(typed: str) -> str | None:
    """Six ASCII digits of what was typed (spaces, hyphens and full-width digits are no fault), or None."""
    bare = re.sub(r"[\s\-.]", "", typed.translate(_FULL_WIDTH))
    return bare if re.fullmatch(r"[0-9]{6}", bare) else None


def code_hash(secret: str, *, phone: str, purpose: str, code: str) -> bytes:
    """HMAC-SHA-256 of a code, bound to its phone and purpose: a million codes are guessed without a key."""
    return hmac.digest(_key(secret, "login-code"), f"{purpose}\n{phone}\n{code}".encode(), hashlib.sha256)


def hash_password(password: str) -> str:
    """The argon2id hash. Raises PasswordTooShort."""
    if len(password) < SHORTEST_PASSWORD:
        raise PasswordTooShort(shortest=SHORTEST_PASSWORD)
    return _HASHER.hash(password)


def password_fits(kept: str | None, password: str) -> bool:
    """Whether the password is the one behind the hash; takes as long when there is no hash."""
    try:
        return _HASHER.verify(kept or _hash_of_nothing(), password) and kept is not None
    except (VerifyMismatchError, InvalidHashError):
        return False


def _hash_of_nothing() -> str:
    """A hash that fits no password and takes as long to say so as any; a real one is work to make."""
    salt, digest = secrets.token_bytes(_HASHER.salt_len), secrets.token_bytes(_HASHER.hash_len)
    costs = f"m={_HASHER.memory_cost},t={_HASHER.time_cost},p={_HASHER.parallelism}"
    return f"$argon2id$v={ARGON2_VERSION}${costs}${_unpadded(salt)}${_unpadded(digest)}"


def _unpadded(raw: bytes) -> str:
    return base64.b64encode(raw).decode().rstrip("=")


def encrypt_totp(secret: str, totp_secret: str) -> bytes:
    """A TOTP secret (base32) as the database keeps it."""
    return _box(secret).encrypt(totp_secret.encode())


def totp_step(secret: str, kept: bytes | None, typed: str, now: datetime) -> int | None:
    """The time step for which the typed code is right (this one or a neighbour), or None."""
    code = typed_code(typed)
    if kept is None or code is None:
        return None
    try:
        otp = pyotp.TOTP(_box(secret).decrypt(kept).decode())
    except InvalidToken:
        return None
    step = int(now.timestamp()) // TOTP_STEP_S
    for at in (step, step - 1, step + 1):
        if hmac.compare_digest(otp.at(at * TOTP_STEP_S), code):
            return at
    return None


def _box(secret: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_key(secret, "totp")))
