"""Log entries by the million: valid ones of exactly 200 bytes, made without the cost of checking each."""

from ledger.core.entry import parse_entry

SIZE = 200  # bytes
_FORM = (
    '{"at":"2026-11-20T03:00:00Z","body_commit":"%064x","id":"019a9b3c-7000-7000-8000-%012x",'
    '"subject":"%06x","type":"epcis.event","v":1}'
)
_MIX = 0x9E3779B97F4A7C15F39CC0605CEDC834_1082276BF3A27251F86C6A11D0C18E95  # spreads the bits


def an_entry(number: int) -> bytes:
    """The entry of this number, 0 to 16 million."""
    return (_FORM % ((number + 1) * _MIX % 2**256, number, number)).encode()


def entries(count: int, *, first: int = 0) -> list[bytes]:
    """Entries of consecutive numbers; the first one is checked as `submit` would."""
    made = [an_entry(number) for number in range(first, first + count)]
    parse_entry(made[0])
    assert len(made[0]) == SIZE
    return made


def key_of(number: int) -> str:
    """The key that this entry is handed in under: as long as those of events."""
    return f"event:019a9b3c-7000-7000-8000-{number:012x}"
