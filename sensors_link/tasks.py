"""What the worker does for the sensors by the clock."""

from app.kernel import clock
from sensors_link.sealing.closing import close_some


def seal_closed_days() -> None:
    """Seal every closed day that has readings which no batch holds."""
    while close_some(clock.now()):
        pass
