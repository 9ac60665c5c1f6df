"""What a log and a witness say to each other: one spelling, or refused. Source: c2sp.org/tlog-witness."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.encoding import decode_base64
from ledger.core.errors import Malformed, MalformedKey, MalformedRequest, NotSignedByKnownKey, SignatureFails
from ledger.core.note import COSIGNATURE, SigningKey, WitnessKey, open_note, parse_vkey
from ledger.core.witnessing import (
    AddCheckpoint,
    parse_add_checkpoint,
    parse_size,
    size_body,
    verified_cosignature,
)
from tests.ledger.core.memory_log import MemoryLog

AT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
HASHES = st.lists(st.binary(min_size=32, max_size=32), max_size=63).map(tuple)
SIZES = st.integers(0, 2**64 - 1)


class TestWitnessKey:
    def test_is_written_and_read_again_and_its_vkey_says_that_it_cosigns(self) -> None:
        key = WitnessKey.generate("witness.example/w1")
        assert WitnessKey.from_text(key.to_text()).verifier == key.verifier
        assert parse_vkey(str(key.verifier)).algorithm == COSIGNATURE

    def test_key_material_of_a_log_is_never_taken_for_one(self) -> None:
        with pytest.raises(MalformedKey):
            WitnessKey.from_text(SigningKey.generate("example.com/log").to_text())
        with pytest.raises(MalformedKey):
            SigningKey.from_text(WitnessKey.generate("witness.example/w1").to_text())

    def test_cosigns_the_text_with_the_moment(self, log: MemoryLog) -> None:
        key, text = WitnessKey.generate("witness.example/w1"), log.head().to_text()
        note = log.checkpoint() + key.cosign(text, AT).encode()
        opened = open_note(note, [log.key.verifier, key.verifier])
        assert [line.signed_at for line in opened.signatures] == [None, AT]

    @given(st.integers(1, 4_000_000_000), st.integers(1, 4_000_000_000))
    def test_a_moment_that_was_changed_is_found(self, told: int, other: int) -> None:
        key, text = WitnessKey.generate("w"), "example.com/log\n0\nx\n"
        line = key.cosign(text, datetime.fromtimestamp(told, UTC))
        signed_at = verified_cosignature(text, line.encode(), key.verifier).signed_at
        assert int(signed_at.timestamp()) == told
        blob = bytearray(decode_base64(line.split()[2]))
        blob[4:12] = other.to_bytes(8, "big")
        if other != told:
            with pytest.raises(SignatureFails):
                key.verifier.check(text, bytes(blob[4:]))


class TestRequest:
    @given(SIZES, HASHES, st.binary(min_size=1, max_size=200))
    def test_is_read_as_it_was_written(self, size: int, proof: tuple[bytes, ...], note: bytes) -> None:
        request = AddCheckpoint(size, proof, note)
        assert parse_add_checkpoint(request.to_bytes()) == request

    @given(st.binary(max_size=400) | st.binary(max_size=300).map(lambda rest: b"old " + rest))
    def test_any_other_bytes_are_refused_or_the_one_spelling_of_what_they_say(self, body: bytes) -> None:
        try:
            read = parse_add_checkpoint(body)
        except MalformedRequest:
            return
        assert read.to_bytes() == body

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"old 5\n",
            b"old 5\n\n",
            b"old 05\n\nx\n",
            b"old +5\n\nx\n",
            b"old -1\n\nx\n",
            "old ٥\n\nx\n".encode(),
            b"old 5 \n\nx\n",
            b"old 5\r\n\r\nx\n",
            b"old 18446744073709551616\n\nx\n",
            b"old 5\nAAAA\n\nx\n",
            b"old 5\n" + b"A" * 43 + b"B\n\nx\n",  # stray bits
            b"old 5\n" + (b"A" * 43 + b"=\n") * 64 + b"\nx\n",
            b"old 5\n\n" + b"x" * 70_000,
        ],
    )
    def test_is_refused(self, body: bytes) -> None:
        with pytest.raises(MalformedRequest):
            parse_add_checkpoint(body)

    def test_with_a_hash_of_another_length_is_not_written(self) -> None:
        with pytest.raises(MalformedRequest):
            AddCheckpoint(5, (b"short",), b"x\n").to_bytes()


class TestAnswers:
    @given(SIZES)
    def test_a_size_is_read_as_it_was_written(self, size: int) -> None:
        assert parse_size(size_body(size)) == size

    @pytest.mark.parametrize("body", [b"", b"\n", b"5", b"5\n\n", b"05\n", b" 5\n", b"1_0\n", "٥\n".encode()])
    def test_any_other_size_is_refused(self, body: bytes) -> None:
        with pytest.raises(MalformedRequest):
            parse_size(body)

    def test_lines_of_other_keys_are_left_out(self, log: MemoryLog) -> None:
        mine, other = WitnessKey.generate("w"), WitnessKey.generate("w")
        text = log.head().to_text()
        lines = other.cosign(text, AT) + mine.cosign(text, AT)
        assert verified_cosignature(text, lines.encode(), mine.verifier).line == mine.cosign(text, AT)

    def test_a_line_over_another_text_is_refused(self, log: MemoryLog) -> None:
        key = WitnessKey.generate("w")
        with pytest.raises(SignatureFails):
            verified_cosignature(
                log.head().to_text(), key.cosign(log.head(3).to_text(), AT).encode(), key.verifier
            )

    def test_an_answer_of_strangers_alone_is_no_cosignature(self, log: MemoryLog) -> None:
        key, stranger, text = WitnessKey.generate("w"), WitnessKey.generate("s"), log.head().to_text()
        with pytest.raises(NotSignedByKnownKey):
            verified_cosignature(text, stranger.cosign(text, AT).encode(), key.verifier)

    @pytest.mark.parametrize("around", ["\n%s", "%s\n", "x\n\n%s", "%sx"])
    def test_anything_beside_signature_lines_is_refused(self, log: MemoryLog, around: str) -> None:
        key, text = WitnessKey.generate("w"), log.head().to_text()
        with pytest.raises(Malformed):
            verified_cosignature(text, (around % key.cosign(text, AT)).encode(), key.verifier)
