"""A Dirichlet distribution over how much each of some units counts, and what tells of it.

``dirichlet`` is the distribution. ``removed`` learns of it from players that are truly removed, through errors alone;
``scaled`` from units that are scaled, through gradients. Neither knows what its units are. ``channels/`` does, and
stands on a floor of its own above the networks.
"""
