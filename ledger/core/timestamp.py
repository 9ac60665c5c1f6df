"""Check an RFC 3161 time stamp token with the standard library and `cryptography` alone.

What is stamped is the body of a checkpoint (origin, size, root; each line with its line feed): the token's
imprint is SHA-256 of these bytes. A token holds when exactly one signer signed it, with a certificate for
time stamping alone that leads to a root which the verifier trusts and was valid at the moment stamped.
Whether a certificate was revoked is not asked, and said so. Loaded by those who check a token only: reading
certificates takes the verifier's start more time than all the rest.
Sources: RFC 3161, RFC 5816.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ledger.core import der
from ledger.core.anchors import Timestamp
from ledger.core.cms import SHA256, SignedContent, algorithm_of, all_of, check_version
from ledger.core.der import OCTETS, SEQUENCE, Element, Reader, tagged
from ledger.core.errors import AnchorDiffers, AnchorUnreachable, MalformedKey, MalformedToken


@dataclass(frozen=True, kw_only=True)
class Stamp:
    """What a token says. `authority` is the name in the certificate that signed it."""

    authority: str
    imprint: bytes  # SHA-256
    policy: str  # dotted object identifier
    serial: int
    stamped_at: datetime
    nonce: int | None


def unbelieved(token: bytes) -> Stamp:
    """What a token says, whoever made it. Raises MalformedToken, AnchorDiffers, AnchorUnreachable."""
    with _readable():
        return _stamp(SignedContent.read(token))


@dataclass(frozen=True)
class Authorities:
    """Roots that a verifier trusts to name time stamp authorities."""

    roots: tuple[x509.Certificate, ...]

    @classmethod
    def read(cls, pem: bytes) -> Self:
        """Read a PEM file of root certificates; raises MalformedKey."""
        try:
            return cls(tuple(x509.load_pem_x509_certificates(pem)))
        except ValueError as exc:
            raise MalformedKey("not a PEM file of certificates") from exc

    def check(self, token: bytes, body: bytes) -> Stamp:
        """What a token over these bytes says.

        Raises MalformedToken; AnchorDiffers when it does not hold; AnchorUnreachable when it uses what we
        cannot check.
        """
        with _readable():
            return self._checked(SignedContent.read(token), body)

    def _checked(self, signed: SignedContent, body: bytes) -> Stamp:
        stamp = _stamp(signed)
        if stamp.imprint != hashlib.sha256(body).digest():
            raise AnchorDiffers("the time stamp is over something else than this checkpoint")
        signed.check_signature()
        _check_chain(signed.signer, signed.certificates, self.roots, stamp.stamped_at)
        return stamp

    def look(self, anchor: Timestamp, body: bytes) -> str:
        """What the time stamp of a bundle says in words; raises as `check`."""
        stamp = self.check(anchor.token, body)
        if (str(stamp.serial), stamp.stamped_at) != (anchor.external_id, anchor.stamped_at):
            raise AnchorDiffers("the bundle names another serial number or moment than the token")
        return (
            f"existed at {stamp.stamped_at.isoformat()}, says {stamp.authority}, "
            f"serial number {stamp.serial}; whether its certificate was revoked was not asked"
        )


def _stamp(signed: SignedContent) -> Stamp:
    """What the content says, as TSTInfo."""
    info = der.read_one(signed.content, SEQUENCE).inside()
    check_version(info, 1)
    policy = info.take(der.OBJECT_ID).object_id()
    imprint = info.take(SEQUENCE).inside()
    if (algorithm := algorithm_of(imprint)) != SHA256:
        raise AnchorDiffers(f"the time stamp is over a digest {algorithm}, not SHA-256")
    digest = imprint.take(OCTETS).content
    imprint.end()
    serial = info.take(der.INTEGER).integer()
    stamped_at = info.take(der.TIME).instant()
    info.take_if(SEQUENCE)  # accuracy
    info.take_if(der.BOOLEAN)  # ordering
    nonce = info.take_if(der.INTEGER)
    info.take_if(tagged(0))  # the authority's own word on its name; the certificate's counts
    _refuse_critical(info.take_if(tagged(1)))
    info.end()
    return Stamp(
        authority=_name_of(signed.signer),
        imprint=digest,
        policy=policy,
        serial=serial,
        stamped_at=stamped_at,
        nonce=None if nonce is None else nonce.integer(),
    )


@contextmanager
def _readable() -> Iterator[None]:
    """`cryptography` reads the parts of a certificate when they are asked for, and has its own errors."""
    try:
        yield
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion, x509.DuplicateExtension) as exc:
        raise MalformedToken("a certificate in the time stamp cannot be read") from exc


def _check_chain(
    signer: x509.Certificate,
    others: Sequence[x509.Certificate],
    roots: Sequence[x509.Certificate],
    at: datetime,
) -> None:
    """Raise AnchorDiffers unless all certificates from the signer's to a root held at that moment.

    Raises AnchorUnreachable where none of the roots is the signer's: the verifier holds another file.
    """
    if not _leads_to(signer, others, roots):
        raise AnchorUnreachable("the certificate file is not that of the authority which signed")
    policy = verification.PolicyBuilder().store(verification.Store(list(roots))).time(at)
    policy = policy.extension_policies(ca_policy=_of_issuers(), ee_policy=_of_signers())
    try:
        policy.build_client_verifier().verify(signer, [one for one in others if one != signer])
    except (verification.VerificationError, ValueError) as exc:
        told = "the authority's certificate was not good for a time stamp at the moment stamped"
        raise AnchorDiffers(f"{told}: {exc}") from exc


def _leads_to(
    signer: x509.Certificate, others: Sequence[x509.Certificate], roots: Sequence[x509.Certificate]
) -> bool:
    """Whether signatures lead from the signer to a root, whatever the certificates allow."""
    reached, waiting = {signer}, [signer]
    while waiting:
        one = waiting.pop()
        if one in roots or any(_issued(one, root) for root in roots):
            return True
        above = {issuer for issuer in others if issuer not in reached and _issued(one, issuer)}
        reached |= above
        waiting += above
    return False


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _of_issuers() -> verification.ExtensionPolicy:
    def is_authority(_: object, __: object, limits: x509.BasicConstraints) -> None:
        if not limits.ca:
            raise ValueError("an issuer that is no certificate authority")

    def may_issue(_: object, __: object, usage: x509.KeyUsage | None) -> None:
        if usage is not None and not usage.key_cert_sign:
            raise ValueError("an issuer that may not sign certificates")

    agnostic = verification.Criticality.AGNOSTIC
    return (
        verification.ExtensionPolicy.permit_all()
        .require_present(x509.BasicConstraints, agnostic, is_authority)
        .may_be_present(x509.KeyUsage, agnostic, may_issue)
    )


def _of_signers() -> verification.ExtensionPolicy:
    """RFC 3161, 2.3: the certificate is for time stamping, critically, and for nothing else."""

    def stamps_only(_: object, __: object, purposes: x509.ExtendedKeyUsage) -> None:
        if list(purposes) != [ExtendedKeyUsageOID.TIME_STAMPING]:
            raise ValueError("a certificate that is not for time stamping alone")

    def may_sign(_: object, __: object, usage: x509.KeyUsage | None) -> None:
        if usage is not None and not (usage.digital_signature or usage.content_commitment):
            raise ValueError("a certificate that may not sign")

    return (
        verification.ExtensionPolicy.permit_all()
        .require_present(x509.ExtendedKeyUsage, verification.Criticality.CRITICAL, stamps_only)
        .may_be_present(x509.KeyUsage, verification.Criticality.AGNOSTIC, may_sign)
    )


def _name_of(certificate: x509.Certificate) -> str:
    subject = certificate.subject
    named = subject.get_attributes_for_oid(NameOID.COMMON_NAME) or list(subject)
    return str(named[0].value) if named else "a nameless authority"


def _refuse_critical(extensions: Element | None) -> None:
    for one in all_of(extensions) if extensions else ():
        inside = Reader(one.raw).take(SEQUENCE).inside()
        inside.take(der.OBJECT_ID)
        if inside.take_if(der.BOOLEAN) is not None:  # DER leaves a false one out
            raise AnchorUnreachable("an extension of the time stamp that must be understood is unknown here")
