"""What can be wrong with a log's bytes.

LedgerError
├─ Malformed             the bytes are not of the format that they claim
│  ├─ MalformedJSON, MalformedEntry, MalformedProof, MalformedPath, MalformedRequest
│  ├─ MalformedNote, MalformedKey, MalformedPolicy, MalformedToken, MalformedSample
│  └─ MalformedCheckpoint ── NotTheEmptyRoot
├─ Refused               well formed, and false
│  ├─ NotIncluded, NotConsistent, CommitmentDiffers
│  ├─ SignatureFails, NotSignedByKnownKey
│  └─ AnchorDiffers
└─ AnchorUnreachable     an anchor could not be checked: neither true nor false
"""


class LedgerError(Exception):
    """Anything that this package raises about somebody's bytes."""


class Malformed(LedgerError):
    """The bytes are not of the format that they claim to be."""


class MalformedJSON(Malformed):
    """Not the JSON of RFC 7493 and RFC 8785: duplicate keys, NaN, lone surrogates, not canonical."""


class MalformedEntry(Malformed):
    """Not a log entry of version 1."""


class MalformedProof(Malformed):
    """Not a proof bundle or tlog-proof, or a hash in it has the wrong length."""


class MalformedPath(Malformed):
    """Not the path of a tile."""


class MalformedNote(Malformed):
    """Not a signed note."""


class MalformedCheckpoint(Malformed):
    """A note text that is no checkpoint."""


class NotTheEmptyRoot(MalformedCheckpoint):
    """A checkpoint of no entries with another root than SHA-256 of nothing."""


class MalformedRequest(Malformed):
    """Not a request to a witness, or not a witness's answer."""


class MalformedKey(Malformed):
    """Not a verifier or signer key of a type that we know."""


class MalformedPolicy(Malformed):
    """Not a tlog-policy file."""


class MalformedToken(Malformed):
    """Not the DER of a time stamp token."""


class MalformedSample(Malformed):
    """Not a seed that a sample can be drawn from, or a count that the log does not have."""


class Refused(LedgerError):
    """Well formed, and it does not hold."""


class NotIncluded(Refused):
    """The path does not lead from this leaf at this index to the root."""


class NotConsistent(Refused):
    """The larger tree does not begin with the smaller one."""


class CommitmentDiffers(Refused):
    """Body and salt do not hash to what the entry committed to."""


class SignatureFails(Refused):
    """A signature that names a known key was not made by it over this text."""


class NotSignedByKnownKey(Refused):
    """No signature line belongs to a key that the verifier holds."""


class AnchorDiffers(Refused):
    """Chain or time stamp say something else than the anchor, or know nothing of it."""


class AnchorUnreachable(LedgerError):
    """The chain could not be asked, or it is another; a time stamp uses what we cannot check."""
