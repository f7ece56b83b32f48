"""What a file's content must hold, said as it is read: a ValueError that names the key."""

MOST = 1e15
"""Of a number in a file: beyond it, sums and ratios would overflow."""


def require(condition: bool, message: str) -> None:
    """Raise ValueError with the message where the condition does not hold."""
    if not condition:
        raise ValueError(message)


def require_finite(key: str, numbers: list[float]) -> None:
    """Raise ValueError where a number is none, or beyond the bound."""
    require(all(abs(number) <= MOST for number in numbers), f"{key} must be finite (at most {MOST:g})")
