"""Signed notes, checkpoints and policies: what a reader believes, and what he throws away whole."""

from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis.strategies import binary, sampled_from

from ledger.core.checkpoint import Checkpoint, parse_checkpoint
from ledger.core.errors import (
    LedgerError,
    MalformedCheckpoint,
    MalformedKey,
    MalformedNote,
    MalformedPolicy,
    NotSignedByKnownKey,
    SignatureFails,
)
from ledger.core.note import COSIGNATURE, SigningKey, VerifierKey, open_note, parse_vkey, sign_note
from ledger.core.policy import parse_policy
from ledger.core.tree import EMPTY_ROOT, leaf_hash

# Fixed keys: test ids are made of them, and parallel workers must find the same tests.
ALICE = SigningKey("alice.example", Ed25519PrivateKey.from_private_bytes(b"a" * 32))
BOB = SigningKey("bob.example", Ed25519PrivateKey.from_private_bytes(b"b" * 32))
TEXT = "some text\n\nwith a blank line\n"


class TestANote:
    def test_is_verified_by_every_held_key_that_signed_it(self):
        opened = open_note(sign_note(TEXT, [ALICE, BOB]), [BOB.verifier, ALICE.verifier])
        assert opened.text == TEXT
        assert opened.verified == (ALICE.verifier, BOB.verifier)

    def test_with_lines_of_unknown_keys_and_types_is_still_believed_for_the_known(self):
        note = sign_note(TEXT, [ALICE]) + "— mldsa.example BgAAAAAB\n".encode()
        assert open_note(note, [ALICE.verifier]).verified == (ALICE.verifier,)

    def test_with_one_failing_signature_of_a_held_key_is_refused_whole(self):
        good, other = sign_note(TEXT, [ALICE, BOB]), sign_note("other\n", [BOB])
        lines = good.split(b"\n")
        lines[-2] = other.split(b"\n")[-2]
        with pytest.raises(SignatureFails):
            open_note(b"\n".join(lines), [ALICE.verifier, BOB.verifier])

    def test_without_a_held_key_is_not_believed(self):
        with pytest.raises(NotSignedByKnownKey):
            open_note(sign_note(TEXT, [ALICE]), [BOB.verifier])

    def test_repeated_lines_count_once(self):
        note = sign_note(TEXT, [ALICE])
        note += note.rpartition(b"\n\n")[2]
        assert len(open_note(note, [ALICE.verifier]).verified) == 1

    def test_two_held_keys_of_one_name_and_id_are_ambiguous(self):
        with pytest.raises(MalformedKey):
            open_note(sign_note(TEXT, [ALICE]), [ALICE.verifier, ALICE.verifier])

    @pytest.mark.parametrize("cut", [b"\n", b"x\r\n\n", b"\x00\n\n", b"\xff\n\n", b"", b"a\n\n"])
    def test_of_a_wrong_shape_is_malformed(self, cut):
        with pytest.raises(MalformedNote):
            open_note(cut + b"no signature", [ALICE.verifier])

    @given(binary(max_size=200))
    def test_of_any_bytes_is_a_note_or_a_named_error(self, data):
        with pytest.raises(LedgerError):
            open_note(data, [ALICE.verifier])

    def test_a_signer_key_survives_its_text_and_says_nothing_when_wrong(self):
        assert SigningKey.from_text(ALICE.to_text()).verifier == ALICE.verifier
        with pytest.raises(MalformedKey) as refusal:
            SigningKey.from_text(ALICE.to_text().replace("alice", "alicf"))
        assert ALICE.to_text()[-20:] not in str(refusal.value)

    def test_a_key_under_another_type_is_another_key(self):
        witness = VerifierKey("alice.example", COSIGNATURE, ALICE.verifier.public)
        assert witness.id != ALICE.verifier.id
        assert parse_vkey(str(witness)) == witness


class TestACheckpoint:
    def test_is_read_as_it_was_written(self):
        head = Checkpoint("demo.coi.invalid/ledger", 3, leaf_hash(b"x"))
        assert parse_checkpoint(head.to_text()) == head

    def test_of_an_empty_log_has_the_empty_root_and_no_other(self):
        parse_checkpoint(Checkpoint("o", 0, EMPTY_ROOT).to_text())
        with pytest.raises(MalformedCheckpoint):
            Checkpoint("o", 0, leaf_hash(b"x")).to_text()

    @pytest.mark.parametrize("origin", ["", "two\nlines"])
    def test_with_a_bad_origin_is_not_written(self, origin):
        with pytest.raises(MalformedCheckpoint):
            Checkpoint(origin, 3, leaf_hash(b"x")).to_text()


class TestAPolicy:
    def test_of_one_log_and_no_witness_trusts_that_log(self):
        policy = parse_policy(f"# office\nlog {ALICE.verifier} https://a.example/\nquorum none\n".encode())
        assert policy.logs == (ALICE.verifier,)
        assert policy.satisfied_by([])

    def test_counts_groups_of_groups(self):
        keys = [SigningKey.generate(f"w{n}.example").verifier for n in range(4)]
        lines = [f"witness w{n} {key}" for n, key in enumerate(keys)]
        lines += ["group x 2 w0 w1 w2", "group y any w3", "group both all x y", "quorum both", ""]
        policy = parse_policy("\n".join(lines).encode())
        assert policy.satisfied_by({"w0", "w2", "w3"})
        assert not policy.satisfied_by({"w0", "w1", "w2"})

    @pytest.mark.parametrize(
        "text",
        [
            "quorum none",
            "log x\nquorum none\n",
            f"log {VerifierKey('l', COSIGNATURE, ALICE.verifier.public)}\nquorum none\n",
            f"log {ALICE.verifier}\n",
            "quorum none\r\n",
            "quorum  none extra\n",
            f"witness w {ALICE.verifier}\ngroup g 01 w\nquorum g\n",
            "trust everybody\nquorum none\n",
        ],
    )
    def test_with_a_fault_is_refused(self, text):
        with pytest.raises(MalformedPolicy):
            parse_policy(text.encode())

    @given(binary(max_size=80), sampled_from([b"", b"quorum none\n"]))
    def test_of_any_bytes_is_a_policy_or_a_named_error(self, data, end):
        with suppress(MalformedPolicy):
            parse_policy(data + end)
