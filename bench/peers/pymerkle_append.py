"""Append in pymerkle over the floor of hashing as many leaves and nodes: `pymerkle_append.py LEAVES BATCH`.

Runs in the peer's own environment and knows nothing of the project; prints the quotient. The root is asked
for after every batch, as the log does.
"""

import statistics
import sys
import time
from hashlib import sha256

from pymerkle import InmemoryTree

LEAVES, BATCH = int(sys.argv[1]), int(sys.argv[2])
GIVEN = [b"%0200d" % number for number in range(LEAVES)]


def theirs() -> float:
    begin = time.perf_counter()
    tree = InmemoryTree(algorithm="sha256")
    for number, entry in enumerate(GIVEN, start=1):
        tree.append_entry(entry)
        if number % BATCH == 0:
            tree.get_state()
    return time.perf_counter() - begin


def floor() -> float:
    begin = time.perf_counter()
    left = right = bytes(32)
    for entry in GIVEN:
        sha256(b"\x00" + entry).digest()
        sha256(b"\x01" + left + right).digest()
    return time.perf_counter() - begin


print(statistics.median(theirs() / floor() for _ in range(5)))
