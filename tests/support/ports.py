"""Free TCP ports on this machine's own address."""

import socket
from contextlib import ExitStack


def free_ports(count: int) -> list[int]:
    """Return that many different free ports of 127.0.0.1, all held open until the last one is chosen."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def free_port() -> int:
    """Return a free port of 127.0.0.1."""
    return free_ports(1)[0]
