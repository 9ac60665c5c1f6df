"""JSON from outside: how deep it may nest is settled before it is parsed.

CPython's reader recurses; a library that raised the recursion limit turns a deep text into a crash
of the process instead of an error.
"""

import json
import re
from typing import Any, Final

DEEPEST: Final = 64
_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


def loads(text: str, **how: Any) -> object:
    """Parse `text` as `json.loads` does; `how` are its hooks.

    Raises ValueError for what is no JSON or nests deeper than 64.
    """
    depth = 0
    for found in _STRUCTURE.finditer(text):
        sign = found[0]
        depth += (sign in "[{") - (sign in "]}")
        if depth > DEEPEST:
            raise ValueError(f"nests deeper than {DEEPEST}")
    return json.loads(text, **how)
