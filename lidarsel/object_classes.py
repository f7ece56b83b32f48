"""What a ground-truth pixel shows, where labels tell: the classes that errors are told apart by."""

from enum import IntEnum


class ObjectClass(IntEnum):
    """As it stands in ``Frame.truth_class``.

    UNTOLD: no label says. VEHICLE: with four wheels and more, trams and trailers among them. CYCLIST: bicycles and
    motorcycles, ridden or not, with their riders. ROAD: what is driven on, where labels of points say so; boxes do not,
    and leave it to OTHER. OTHER: whatever is labelled otherwise, or is in no box.
    """

    UNTOLD = 0
    VEHICLE = 1
    PERSON = 2
    CYCLIST = 3
    ROAD = 4
    OTHER = 5

    @property
    def word(self) -> str:
        """As users read and type it."""
        return self.name.lower()


TOLD_CLASSES = tuple(found for found in ObjectClass if found is not ObjectClass.UNTOLD)
PLURALS = {
    ObjectClass.VEHICLE: "vehicles",
    ObjectClass.PERSON: "persons",
    ObjectClass.CYCLIST: "cyclists",
    ObjectClass.ROAD: "the road",
    ObjectClass.OTHER: "other things",
}
"""What errors are on, in words."""
