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


def require_ordered(keys: str, low: float | None, high: float | None) -> None:
    """Raises ValueError unless two keys are both there, in order, or neither is."""
    require((low is None) == (high is None), f"{keys}: both or neither")
    require(low is None or high is None or low <= high, f"{keys}: the first must not be greater")
