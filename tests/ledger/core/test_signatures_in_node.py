"""The browser's own Ed25519 arithmetic says of every signature what `cryptography` says of it."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ROOT = Path(__file__).resolve().parents[3]
NODE = shutil.which("node")
HAS_NODE = NODE is not None and (ROOT / "node_modules/@noble/ed25519").is_dir()
ORDER = 2**252 + 27742317777372353535851937790883648493
FIELD = 2**255 - 19
BASE = bytes.fromhex("5866666666666666666666666666666666666666666666666666666666666666")
SIGN = 1 << 255

Question = tuple[bytes, bytes, bytes]


def _number(value: int) -> bytes:
    return value.to_bytes(32, "little")


def _signed(message: bytes) -> Question:
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    return key.public_key().public_bytes_raw(), message, key.sign(message)


def _flip(data: bytes, bit: int) -> bytes:
    return bytes(byte ^ (1 << bit % 8 if at == bit // 8 else 0) for at, byte in enumerate(data))


def _spoilt() -> list[Question]:
    key, message, signature = _signed(b"a checkpoint\n")
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    return [
        (key, message, r + _number(s + ORDER)),  # the same residue, another spelling
        (key, message, r + _number(s ^ 1)),
        (key, message + b" ", signature),
        (key, message, signature[:-1]),
        (key, message, signature + b"\x00"),
        (key, message, b""),
        (key[:-1], message, signature),
        (_signed(b"")[0][:31] + b"\xff", message, signature),
        (key, message, _number(FIELD + 1) + signature[32:]),
        (bytes(32), message, bytes(64)),
        *((_flip(key, bit), message, signature) for bit in (0, 100, 255)),
        *((key, message, _flip(signature, bit)) for bit in (0, 255, 256, 511)),
    ]


def _odd_keys() -> list[Question]:
    """Points of small order, and numbers above the field; some of them "sign" a message with R = B, S = 1."""
    spelt = (1, 1 | SIGN, FIELD - 1, (FIELD - 1) | SIGN, 0, FIELD, FIELD + 1, (FIELD + 1) | SIGN, SIGN - 1, 2)
    return [(_number(one), bytes([n]), BASE + _number(1)) for one in spelt for n in range(6)]


def _says_python(question: Question) -> bool:
    key, message, signature = question
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _says_node(questions: list[Question]) -> list[bool]:
    asked = json.dumps([[part.hex() for part in question] for question in questions])
    script = Path(__file__).with_name("verify_signatures_in_node.mjs")
    done = subprocess.run(
        [str(NODE), str(script)], input=asked, capture_output=True, text=True, check=True, timeout=60
    )
    told: list[bool] = json.loads(done.stdout)
    return told


@pytest.mark.skipif(not HAS_NODE, reason="node or node_modules is missing")
class TestTheArithmeticOfTheBrowser:
    def test_takes_what_is_signed_however_long(self) -> None:
        messages = (b"", b"x", b"a checkpoint\n", b"a long note\n" * 20_000)
        assert _says_node([_signed(message) for message in messages]) == [True] * len(messages)

    def test_refuses_what_is_spoilt(self) -> None:
        assert _says_node(_spoilt()) == [False] * len(_spoilt())

    def test_says_of_odd_keys_what_openssl_says(self) -> None:
        questions = [*_odd_keys(), *_spoilt()]
        expected = [_says_python(question) for question in questions]
        assert True in expected
        assert _says_node(questions) == expected
