"""All targets by name. A new reader or format: an entry in one of these files."""

from tests.fuzz import formats, networks, readers, stores

TARGETS = {target.name: target for group in (readers, formats, stores, networks) for target in group.TARGETS}
