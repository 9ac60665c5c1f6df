"""A time stamp token is checked without the library that asked for it; `openssl ts` makes the tokens."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis.strategies import binary

from ledger.core import der
from ledger.core.cms import LARGEST, SignedContent
from ledger.core.errors import AnchorDiffers, AnchorUnreachable, LedgerError, MalformedKey, MalformedToken
from ledger.core.timestamp import Authorities
from tests.ledger.core.samples import flipped
from tests.support.time_stamp_authority import POLICY, Root, TimeStampAuthority, needs_openssl, new_key

pytestmark = needs_openssl
ROOT = Path(__file__).resolve().parents[3]
BODY = b"demo.coi.invalid/ledger\n3\nAAAA\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return TimeStampAuthority.made(tmp_path_factory.mktemp("tsa"))


@pytest.fixture(scope="module")
def trusted(authority):
    return Authorities.read(authority.ca_file.read_bytes())


@pytest.fixture(scope="module")
def token(authority):
    return authority.token(BODY)


class TestATokenOfOpenssl:
    def test_says_what_openssl_reads_in_it(self, authority, trusted, token):
        stamp = trusted.check(token, BODY)
        (authority.folder / "token").write_bytes(token)
        told = subprocess.run(
            [
                "openssl",
                "ts",
                "-reply",
                "-token_in",
                "-in",
                authority.folder / "token",
                "-token_out",
                "-text",
            ],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert f"Policy OID: {stamp.policy}" in told
        assert f"Serial number: 0x{stamp.serial:02X}" in told
        assert f"Time stamp: {stamp.stamped_at:%b %d %H:%M:%S %Y} GMT" in told
        assert (
            int(told.split("Nonce: 0x")[1].split()[0], 16) == stamp.nonce
        )  # openssl fills up to whole bytes
        assert (stamp.policy, stamp.authority) == (POLICY, "Province time stamps")
        assert abs((datetime.now(UTC) - stamp.stamped_at).total_seconds()) < 60

    @pytest.mark.parametrize(
        "made", [{"names_by": "sha1"}, {"names_by": "sha512"}, {"of_rsa": True}], ids=str
    )
    def test_holds_whatever_key_signs_and_whatever_digest_names_the_certificate(self, tmp_path, made):
        authority = TimeStampAuthority.made(tmp_path, **made)
        trusted = Authorities.read(authority.ca_file.read_bytes())
        assert trusted.check(authority.token(BODY), BODY).policy == POLICY

    def test_of_an_intermediate_authority_leads_to_the_root(self, tmp_path):
        authority = TimeStampAuthority.made(tmp_path, through="District authority")
        trusted = Authorities.read(authority.ca_file.read_bytes())
        assert trusted.check(authority.token(BODY), BODY).authority == "Province time stamps"

    def test_is_over_these_bytes_and_no_others(self, trusted, token):
        with pytest.raises(AnchorDiffers, match="over something else"):
            trusted.check(token, BODY.replace(b"3", b"4"))

    def test_of_a_foreign_authority_cannot_be_checked_though_the_names_are_the_same(self, token, tmp_path):
        foreign = TimeStampAuthority.made(tmp_path)
        with pytest.raises(AnchorUnreachable, match="not that of the authority which signed"):
            Authorities.read(foreign.ca_file.read_bytes()).check(token, BODY)

    @pytest.mark.parametrize("days", [(-30, -1), (1, 30)], ids=["expired", "not yet valid"])
    def test_by_a_certificate_out_of_its_time_is_refused(self, tmp_path, days):
        authority = TimeStampAuthority.made(tmp_path, days=days)
        with pytest.raises(AnchorDiffers, match="at the moment stamped"):
            Authorities.read(authority.ca_file.read_bytes()).check(authority.token(BODY), BODY)

    def test_by_a_certificate_for_something_else_is_refused(self, authority, trusted, token):
        content, key = SignedContent.read(token).content, new_key()
        for purpose, holds in (
            (ExtendedKeyUsageOID.TIME_STAMPING, True),
            (ExtendedKeyUsageOID.EMAIL_PROTECTION, False),
        ):
            certificate = authority.root.certify("Another of this root", key, purpose=purpose)
            signed = authority.sign_as(content, certificate, key)
            if holds:
                assert trusted.check(signed, BODY).authority == "Another of this root"
            else:
                with pytest.raises(AnchorDiffers, match="not for time stamping alone"):
                    trusted.check(signed, BODY)

    def test_that_is_cut_off_anywhere_is_malformed(self, trusted, token):
        for end in range(0, len(token), 7):
            with pytest.raises(MalformedToken):
                trusted.check(token[:end], BODY)
        for more in (b"\x00", token):
            with pytest.raises(MalformedToken):
                trusted.check(token + more, BODY)

    def test_with_a_flipped_bit_in_any_byte_is_refused(self, trusted, token):
        for at in range(len(token)):
            with pytest.raises(LedgerError):
                trusted.check(flipped(token, at), BODY)

    @pytest.mark.faults
    def test_with_any_flipped_bit_is_refused(self, trusted, token):
        for at in range(len(token)):
            for bit in range(8):
                spoilt = token[:at] + bytes([token[at] ^ 1 << bit]) + token[at + 1 :]
                with pytest.raises(LedgerError):
                    trusted.check(spoilt, BODY)

    def test_larger_than_any_token_is_not_read(self, trusted):
        with pytest.raises(MalformedToken, match="at most"):
            trusted.check(bytes(LARGEST + 1), BODY)


@given(binary(max_size=80))
def test_any_bytes_are_a_token_or_one_named_error(data):
    with pytest.raises(MalformedToken):
        SignedContent.read(data)


@pytest.mark.parametrize("pem", [b"", b"trust me", Root().pem[:-60]])
def test_what_is_no_root_certificate_is_refused(pem):
    with pytest.raises(MalformedKey):
        Authorities.read(pem)


class TestDER:
    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"\x30",
            b"\x30\x80\x00\x00",  # indefinite length
            b"\x30\x81\x01\x00",  # a length that could be shorter
            b"\x30\x82\x00\x81" + bytes(129),
            b"\x30\x02\x00",  # cut off
            b"\x30\x85\x00\x00\x00\x00\x01\x00",
            b"\x3f\x30\x00",  # tag above 30
            b"\x31\x00",  # another tag
            b"\x30\x00\x00",  # more behind it
        ],
    )
    def test_has_one_spelling(self, data):
        with pytest.raises(MalformedToken):
            der.read_one(data, der.SEQUENCE)

    @pytest.mark.parametrize("content", [b"", b"\x00\x01", b"\xff\x80"])
    def test_numbers_are_as_short_as_they_can_be(self, content):
        with pytest.raises(MalformedToken):
            der.Element(der.INTEGER, content, b"").integer()

    @pytest.mark.parametrize(
        ("content", "number"),
        [(b"\x00", 0), (b"\x7f", 127), (b"\x00\x80", 128), (b"\x80", -128), (b"\xff", -1)],
    )
    def test_numbers_are_read(self, content, number):
        assert der.Element(der.INTEGER, content, b"").integer() == number

    @pytest.mark.parametrize("content", [b"", b"\x80\x01", b"\x2a\x80\x01", b"\x2a\x86"])
    def test_identifiers_have_no_padding_and_an_end(self, content):
        with pytest.raises(MalformedToken):
            der.Element(der.OBJECT_ID, content, b"").object_id()

    @pytest.mark.parametrize(
        ("content", "told"), [(b"\x2a\x86\x48", "1.2.840"), (b"\x88\x37\x03", "2.999.3"), (b"\x00", "0.0")]
    )
    def test_identifiers_are_read(self, content, told):
        assert der.Element(der.OBJECT_ID, content, b"").object_id() == told

    @pytest.mark.parametrize(
        "content",
        [
            b"20261126113632",
            b"20261126113632+0700",
            b"20261126113632.10Z",
            b"20261126113632.Z",
            b"20261326113632Z",
        ],
    )
    def test_times_are_in_utc_and_have_one_spelling(self, content):
        with pytest.raises(MalformedToken):
            der.Element(der.TIME, content, b"").instant()

    def test_times_may_have_a_fraction(self):
        told = der.Element(der.TIME, b"20261126113632.25Z", b"").instant()
        assert told == datetime(2026, 11, 26, 11, 36, 32, 250_000, tzinfo=UTC)


class TestTheCommandLine:
    """`python -m ledger verify FILE --policy P --tsa-ca F`."""

    def verify(self, *arguments):
        done = subprocess.run(
            [sys.executable, "-m", "ledger", "verify", *map(str, arguments)],
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=False,
        )
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout + done.stderr

    @pytest.fixture
    def stamped(self, log, authority, trusted):
        """A time stamp over an earlier head of the log, as a bundle has it."""
        body = log.head(4).to_text().encode()
        made = authority.token(body)
        said = trusted.check(made, body)
        return log.timestamp(
            made,
            size=4,
            external_id=str(said.serial),
            stamped_at=said.stamped_at,
        )

    @pytest.fixture
    def written(self, tmp_path, log):
        def write(*timestamps):
            path = tmp_path / "proof.json"
            path.write_bytes(log.bundle(timestamps=timestamps).to_bytes())
            return path

        return write

    def test_checks_a_time_stamp_against_the_authorities_that_are_trusted(
        self, log, authority, stamped, written
    ):
        code, text = self.verify(written(stamped), "--key", log.key.verifier, "--tsa-ca", authority.ca_file)
        assert code == 0, text
        assert "timestamp Province time stamps: ok: " in text
        assert "covers 1 of 3 here; existed at 20" in text
        assert "whether its certificate was revoked was not asked" in text

    def test_says_not_checked_where_no_authority_is_trusted(self, log, stamped, written):
        code, text = self.verify(written(stamped), "--key", log.key.verifier)
        assert code == 0
        assert "timestamp Province time stamps: NOT CHECKED: " in text

    def test_does_not_check_a_token_of_another_authority(self, log, stamped, written, tmp_path):
        foreign = TimeStampAuthority.made(tmp_path / "foreign")
        code, text = self.verify(written(stamped), "--key", log.key.verifier, "--tsa-ca", foreign.ca_file)
        assert (code, text.splitlines()[-1]) == (2, "UNUSABLE")
        assert "NOT CHECKED: Province time stamps: head of 4 entries" in text
        assert "the certificate file is not that of the authority which signed" in text
        assert "interior" not in text

    def test_refuses_a_wrong_signature_whatever_the_certificate_file(self, log, stamped, written, tmp_path):
        foreign = TimeStampAuthority.made(tmp_path / "foreign")
        token = flipped(stamped.token, len(stamped.token) - 9)
        file = written(replace(stamped, token=token))
        code, text = self.verify(file, "--key", log.key.verifier, "--tsa-ca", foreign.ca_file)
        assert (code, text.splitlines()[-1]) == (1, "REFUSED")

    @pytest.mark.parametrize(
        "said", [{"external_id": "99"}, {"stamped_at": datetime(2020, 1, 1, tzinfo=UTC)}]
    )
    def test_refuses_a_bundle_that_says_something_else_than_the_token(
        self, log, authority, stamped, written, said
    ):
        file = written(replace(stamped, **said))
        code, text = self.verify(file, "--key", log.key.verifier, "--tsa-ca", authority.ca_file)
        assert code == 1
        assert "names another serial number or moment than the token" in text

    def test_is_refused_for_a_token_over_another_head(self, log, authority, stamped, written):
        moved = log.timestamp(
            stamped.token, size=5, external_id=stamped.external_id, stamped_at=stamped.stamped_at
        )
        code, text = self.verify(written(moved), "--key", log.key.verifier, "--tsa-ca", authority.ca_file)
        assert code == 1
        assert "over something else than this checkpoint" in text

    def test_refuses_a_spoilt_token_whose_file_got_a_new_checksum(self, log, authority, stamped, written):
        for at in (0, 150, len(stamped.token) - 9):
            file = written(replace(stamped, token=flipped(stamped.token, at)))
            code, _ = self.verify(file, "--key", log.key.verifier, "--tsa-ca", authority.ca_file)
            assert code == 1, at

    def test_refuses_a_flipped_byte_by_the_checksum_alone(self, log, stamped, written):
        file = written(stamped)
        whole = file.read_bytes()
        token = json.loads(whole)["timestamps"][0]["token"]
        at = len(token) // 2  # far from the end, whose last letter has bits that must be nought
        spoilt = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        file.write_bytes(whole.replace(token.encode(), spoilt.encode()))
        code, text = self.verify(file, "--key", log.key.verifier)
        assert code == 1
        assert "damaged or altered" in text

    def test_gives_no_verdict_where_a_check_was_asked_for_and_could_not_be_made(
        self, log, authority, stamped, written, tmp_path
    ):
        ask = ("--key", log.key.verifier, "--tsa-ca")
        assert self.verify(written(), *ask, authority.ca_file)[0] == 2
        assert self.verify(written(stamped), *ask, tmp_path / "none.pem")[0] == 2
        assert self.verify(written(stamped), *ask, written(stamped))[0] == 2
