"""Signed data (CMS) as time stamp tokens have it: one content, one signer, his certificate beside it.

Reading checks shapes; `check_signature` checks that the signer signed this content. Whether his certificate
is to be believed is the reader's business.
Sources: RFC 5652, RFC 2634 and 5035 (signing certificate).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from ledger.core import der
from ledger.core.der import OCTETS, SEQUENCE, SET, Element, Reader, tagged
from ledger.core.errors import AnchorDiffers, AnchorUnreachable, MalformedToken

TST_INFO: Final = "1.2.840.113549.1.9.16.1.4"
SHA256: Final = "2.16.840.1.101.3.4.2.1"
LARGEST: Final = 64 * 1024  # bytes; a token with its chain has 2 to 8 thousand

_SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
_CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
_SIGNING_CERTIFICATE: Final = "1.2.840.113549.1.9.16.2.12"  # names it by SHA-1
_SIGNING_CERTIFICATE_V2: Final = "1.2.840.113549.1.9.16.2.47"
_DIGESTS: Final[dict[str, tuple[str, hashes.HashAlgorithm]]] = {
    SHA256: ("sha256", hashes.SHA256()),
    "2.16.840.1.101.3.4.2.2": ("sha384", hashes.SHA384()),
    "2.16.840.1.101.3.4.2.3": ("sha512", hashes.SHA512()),
}
_SIGNATURES: Final[dict[str, str | None]] = {  # the digest that the algorithm fixes
    "1.2.840.113549.1.1.1": None,  # RSA, PKCS #1 v1.5
    "1.2.840.113549.1.1.11": "sha256",
    "1.2.840.113549.1.1.12": "sha384",
    "1.2.840.113549.1.1.13": "sha512",
    "1.2.840.10045.4.3.2": "sha256",  # ECDSA
    "1.2.840.10045.4.3.3": "sha384",
    "1.2.840.10045.4.3.4": "sha512",
}


@dataclass(frozen=True)
class SignedContent:
    """The parts of a token that matter, read and not yet believed."""

    content: bytes  # the DER of TSTInfo
    certificates: tuple[x509.Certificate, ...]
    signer: x509.Certificate
    attributes: Element
    digest: str  # object identifier
    algorithm: str  # object identifier
    signature: bytes

    @classmethod
    def read(cls, token: bytes) -> Self:
        """Read a token.

        Raises MalformedToken, AnchorUnreachable for algorithms with parameters, and what `cryptography`
        raises for a certificate that it cannot read.
        """
        if len(token) > LARGEST:
            raise MalformedToken(f"a time stamp token has at most {LARGEST} bytes")
        outer = der.read_one(token, SEQUENCE).inside()
        if outer.take(der.OBJECT_ID).object_id() != _SIGNED_DATA:
            raise MalformedToken("not CMS signed data")
        wrapped = outer.take(tagged(0)).inside()
        outer.end()
        data = wrapped.take(SEQUENCE).inside()
        wrapped.end()
        check_version(data, 3)
        digests = [algorithm_of(Reader(one.raw)) for one in all_of(data.take(SET))]
        content = _content(data.take(SEQUENCE).inside())
        held = data.take_if(tagged(0))
        certificates = _certificates(held)
        data.take_if(tagged(1))  # revocation lists: nobody asked for them
        signers = data.take(SET).inside()
        data.end()
        signed = cls._of(signers.take(SEQUENCE).inside(), content, certificates)
        signers.end()  # RFC 3161, 2.4.2: no signature but the authority's
        if signed.digest not in digests:
            raise MalformedToken("the signer's digest is not among those named")
        return signed

    @classmethod
    def _of(cls, info: Reader, content: bytes, certificates: tuple[x509.Certificate, ...]) -> Self:
        check_version(info, 1)
        named = info.take(SEQUENCE).inside()
        issuer, serial = named.take(SEQUENCE).raw, named.take(der.INTEGER).integer()
        named.end()
        signer = _named(certificates, issuer, serial)
        digest = algorithm_of(info)
        attributes = info.take(tagged(0))
        algorithm = algorithm_of(info)
        signature = info.take(OCTETS).content
        info.take_if(tagged(1))  # unsigned attributes: said by nobody
        info.end()
        return cls(content, certificates, signer, attributes, digest, algorithm, signature)

    def check_signature(self) -> None:
        """Raise unless the signer signed this content, and named his certificate in doing so."""
        name, algorithm = _digest(self.digest)
        said = _attributes(self.attributes)
        if der.read_one(_need(said, _CONTENT_TYPE), der.OBJECT_ID).object_id() != TST_INFO:
            raise AnchorDiffers("what was signed is no time stamp")
        digest = der.read_one(_need(said, _MESSAGE_DIGEST), OCTETS).content
        if digest != hashlib.new(name, self.content).digest():
            raise AnchorDiffers("the content of the time stamp is not the one that was signed")
        _check_named_certificate(said, self.signer)
        if self.algorithm not in _SIGNATURES or _SIGNATURES[self.algorithm] not in (None, name):
            raise AnchorUnreachable(f"signatures of the kind {self.algorithm} cannot be checked here")
        # RFC 5652, 5.4: signed as a SET, though it stands in the token under a tag of its own.
        message = bytes([SET]) + self.attributes.raw[1:]
        try:
            _verify(self.signer, self.signature, message, algorithm)
        except InvalidSignature as exc:
            raise AnchorDiffers("the signature of the authority is not over this time stamp") from exc


def _verify(signer: x509.Certificate, signature: bytes, message: bytes, digest: hashes.HashAlgorithm) -> None:
    key = signer.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, message, padding.PKCS1v15(), digest)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, message, ec.ECDSA(digest))
    else:
        raise AnchorUnreachable("the authority's key is neither RSA nor on an elliptic curve")


def _check_named_certificate(said: dict[str, bytes], signer: x509.Certificate) -> None:
    """Raise unless the signed attributes name this very certificate, by SHA-1 or a newer digest."""
    named = False
    for kind in (_SIGNING_CERTIFICATE, _SIGNING_CERTIFICATE_V2):
        if kind in said:
            first = (
                der.read_one(said[kind], SEQUENCE).inside().take(SEQUENCE).inside().take(SEQUENCE).inside()
            )
            newer = first.take_if(SEQUENCE) if kind == _SIGNING_CERTIFICATE_V2 else None
            algorithm = SHA256 if newer is None else algorithm_of(Reader(newer.raw))
            digest = hashes.SHA1() if kind == _SIGNING_CERTIFICATE else _digest(algorithm)[1]  # noqa: S303 - names, proves nothing
            if first.take(OCTETS).content != signer.fingerprint(digest):
                raise AnchorDiffers("the time stamp names another certificate than the one that signed it")
            named = True
    if not named:
        raise AnchorDiffers("the time stamp does not name the certificate that signed it")


def _content(encapsulated: Reader) -> bytes:
    if encapsulated.take(der.OBJECT_ID).object_id() != TST_INFO:
        raise MalformedToken("the signed content is no time stamp")
    wrapped = encapsulated.take(tagged(0)).inside()
    encapsulated.end()
    content = wrapped.take(OCTETS).content
    wrapped.end()
    return content


def _certificates(held: Element | None) -> tuple[x509.Certificate, ...]:
    """Those of X.509; the other kinds that CMS allows are obsolete."""
    found = all_of(held) if held else []
    return tuple(x509.load_der_x509_certificate(one.raw) for one in found if one.tag == SEQUENCE)


def _named(certificates: Sequence[x509.Certificate], issuer: bytes, serial: int) -> x509.Certificate:
    for one in certificates:
        if one.serial_number == serial and one.issuer.public_bytes() == issuer:
            return one
    raise MalformedToken("the certificate of the signer is not in the token")


def _attributes(attributes: Element) -> dict[str, bytes]:
    """The value of each signed attribute; each stands once and has one."""
    said: dict[str, bytes] = {}
    for one in all_of(attributes):
        reader = Reader(one.raw).take(SEQUENCE).inside()
        kind, values = reader.take(der.OBJECT_ID).object_id(), all_of(reader.take(SET))
        reader.end()
        if kind in said or len(values) != 1:
            raise MalformedToken("a signed attribute twice")
        said[kind] = values[0].raw
    return said


def _need(said: dict[str, bytes], kind: str) -> bytes:
    if kind not in said:
        raise MalformedToken(f"the signed attribute {kind} is missing")
    return said[kind]


def algorithm_of(reader: Reader) -> str:
    """The object identifier of an algorithm without parameters (NULL, or none at all)."""
    inside = reader.take(SEQUENCE).inside()
    kind = inside.take(der.OBJECT_ID).object_id()
    nothing = inside.take_if(der.NULL)
    if nothing is not None and nothing.content:
        raise MalformedToken("a DER NULL with content")
    if inside:
        raise AnchorUnreachable(f"the algorithm {kind} has parameters that cannot be checked here")
    return kind


def _digest(kind: str) -> tuple[str, hashes.HashAlgorithm]:
    if kind not in _DIGESTS:
        raise AnchorUnreachable(f"the digest {kind} is not accepted here")
    return _DIGESTS[kind]


def check_version(reader: Reader, wanted: int) -> None:
    """Take the version number that stands next; raise MalformedToken for another one."""
    if reader.take(der.INTEGER).integer() != wanted:
        raise MalformedToken(f"not of version {wanted}")


def all_of(element: Element) -> list[Element]:
    """Every element that it is made of."""
    reader, found = element.inside(), []
    while reader:
        found.append(reader.take_any())
    return found
