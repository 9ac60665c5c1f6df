"""One dies at a time: a restart is measured under the load of all the others, not in a queue of starts."""

from pathlib import Path


def take_turn(folder: Path) -> bool:
    """Whether it is the caller's turn to die; then nobody else's until it is given back."""
    try:
        (folder / "turn").open("x").close()
    except FileExistsError:
        return False
    return True


def give_back_turn(folder: Path) -> None:
    """Somebody is up again."""
    (folder / "turn").unlink(missing_ok=True)
