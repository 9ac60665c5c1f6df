"""What a sample of a proof file is, and the smallest ways of spoiling one."""

from dataclasses import dataclass

from ledger.core.note import SigningKey


@dataclass(frozen=True)
class Sample:
    """A file's bytes, what the verifier trusts (a vkey, a policy's text, or nothing), and the verdict."""

    name: str
    data: bytes
    trust: str
    outcome: str


def flipped(raw: bytes, at: int = 0) -> bytes:
    """The bytes with one bit changed."""
    return raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]


def another(vkey: str) -> str:
    """A key of another log of the same name."""
    return str(SigningKey.generate(vkey.partition("+")[0]).verifier)
