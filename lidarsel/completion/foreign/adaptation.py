"""How a user's own network is brought in where it is not of the protocol as it stands: what the options say of it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Adaptation:
    """Attributes:
    weights_key: the entry of the weights file that holds the weights; None looks for them.
    """

    weights_key: str | None = None


AS_IT_IS = Adaptation()
