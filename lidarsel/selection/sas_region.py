"""SaS (Shapley value and Spread of lines, CoRL 2022), the spread enforced by regions."""

from lidarsel.selection.base import Players, Proposal
from lidarsel.selection.budget import best_first, check_budget, filled, values_of


class SasRegion:
    """The best player by Shapley value in each of k regions of neighbouring players.

    The m active players in order are cut into k bins, bin b being numbers floor(b m / k) to floor((b + 1) m / k) - 1
    among them, so sizes differ by at most 1. At k = m this is every active player, at k = 1 the best of all. Two
    chosen players may still be neighbours, on both sides of a border. After the region variant of the SaS authors'
    method, with bins over the players that measure something rather than over all.
    """

    name = "sas-region"
    needs_values = True

    def __call__(self, players: Players, budget: int, seed: int) -> Proposal:
        check_budget(players, budget)
        value = values_of(players, self.name)
        active = players.active
        m = len(active)
        if budget >= m:
            return Proposal((filled(active, players, budget),))
        bins = [active[b * m // budget : (b + 1) * m // budget] for b in range(budget)]
        return Proposal((filled((best_first(value, region)[0] for region in bins), players, budget),))
