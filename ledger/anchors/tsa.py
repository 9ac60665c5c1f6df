"""The one door to rfc3161-client: a time stamp authority behind `ledger.anchors.authority.Authority`.

An answer is checked twice, by the library and by `ledger.core.timestamp`: what is stored is what an auditor's
verifier will accept. Loaded by name, by the worker and the CLI alone (`ledger.anchors.connection`).
"""

import hashlib
from http import HTTPStatus
from typing import Final

from rfc3161_client import (
    HashAlgorithm,
    TimeStampRequest,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from app.kernel.config import Config
from ledger.anchors.authority import AuthorityDown, AuthorityRefuses, Stamped
from ledger.core.errors import LedgerError
from ledger.core.timestamp import Authorities
from ledger.witnesses.client import Ask, NoAnswer, ask_all
from ledger.witnesses.configured import is_here

WITHIN_S: Final = 15.0  # from connecting to the last byte
_QUERY: Final = "application/timestamp-query"
_GRANTED: Final = 0
_SERVER_FAULT: Final = 500
_UNSORTED: Final = "InvalidSetOrdering"  # the library's name for a set that DER would sort


def connect(config: Config) -> "TimeStampAuthority":
    """The authority at TSA_URL. Raises AuthorityRefuses when TSA_CA_FILE cannot be used."""
    path = config.tsa_ca_file
    try:
        trusted = Authorities.read(path.read_bytes() if path else b"")
    except (OSError, LedgerError) as fault:
        raise AuthorityRefuses(f"TSA_CA_FILE: {fault}") from fault
    return TimeStampAuthority(
        config.tsa_url, trusted, config.tsa_policy, on_this_machine=is_here(config.tsa_url, config)
    )


class TimeStampAuthority:
    """An authority over HTTP; see `Authority` for what each member says."""

    def __init__(self, url: str, trusted: Authorities, policy: str, *, on_this_machine: bool) -> None:
        self.url = url
        self.on_this_machine = on_this_machine
        self._trusted = trusted
        self._policy = policy

    def stamp(self, body: bytes) -> Stamped:
        """A verified time stamp over these bytes: one request with a nonce of its own, nothing followed."""
        request = (
            TimestampRequestBuilder()
            .data(body)
            .hash_algorithm(HashAlgorithm.SHA256)
            .cert_request(cert_request=True)
        ).build()
        response = _decoded(_asked(self.url, request.as_bytes()))
        if response.status != _GRANTED:
            told = "; ".join(map(str, response.status_string)) or "no reason is given"
            raise AuthorityRefuses(f"the authority refuses (status {response.status}): {told}")
        return self._checked(request, response, body)

    def _checked(self, request: TimeStampRequest, response: TimeStampResponse, body: bytes) -> Stamped:
        token = response.time_stamp_token()
        try:
            stamp = self._trusted.check(token, body)
            other = VerifierBuilder(roots=list(self._trusted.roots), nonce=request.nonce).build()
            other.verify(response, hashlib.sha256(body).digest())
        except (LedgerError, VerificationError, ValueError) as fault:
            raise AuthorityRefuses(f"the answer is no time stamp of this checkpoint: {fault}") from fault
        if stamp.nonce != request.nonce:
            raise AuthorityRefuses("the time stamp answers another request: its nonce differs")
        if self._policy and stamp.policy != self._policy:
            raise AuthorityRefuses(
                f"the time stamp is of policy {stamp.policy}, TSA_POLICY is {self._policy}"
            )
        return Stamped(token, stamp)


def _asked(url: str, query: bytes) -> bytes:
    answer = ask_all([Ask(url, "POST", query, _QUERY)], within_s=WITHIN_S)[0]
    if isinstance(answer, NoAnswer):
        raise AuthorityDown(f"the authority does not answer: {answer.reason}")
    if answer.status >= _SERVER_FAULT:
        raise AuthorityDown(f"the authority answers {answer.status}")
    if answer.status != HTTPStatus.OK:
        raise AuthorityRefuses(f"the authority answers {answer.status}")
    return answer.body


def _decoded(raw: bytes) -> TimeStampResponse:
    try:
        return decode_timestamp_response(raw)
    except ValueError as fault:
        if _UNSORTED in str(fault):
            told = (
                "the certificates in the time stamp are not in the order that DER asks for; have the "
                "authority send that of its signer alone"
            )
            raise AuthorityRefuses(told) from fault
        raise AuthorityRefuses(f"the answer is no time stamp response: {fault}") from fault
