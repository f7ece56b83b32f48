"""SaS (Shapley value and Spread of lines, CoRL 2022), the spread enforced by regions."""

import numpy as np

from lidarsel.selection.base import Problem, Selection, Selector, best_first, values_of


class SasRegion(Selector):
    """The best player by Shapley value in each of k regions of neighbouring players.

    The m active players in order are cut into k bins, bin b being numbers floor(b m / k) to floor((b + 1) m / k) - 1
    among them, so sizes differ by at most 1. At k = m this is every active player, at k = 1 the best of all. Two
    chosen players may still be neighbours, on both sides of a border. After the region variant of the SaS authors'
    method, with bins over the players that measure something rather than over all.

    A bin with a kept player has its own; of the others those with the best players are served first, until the budget
    is full. Where ``min_gap`` then leaves places over, they are filled best first.
    """

    name = "sas-region"
    needs_values = True
    needs_order = True

    def select_one(self, problem: Problem, budget: int) -> Selection:
        value, room = values_of(problem, self.name), problem.room
        n_bins, m = room.n_active(budget), len(room.candidates)
        bins = [room.candidates[b * m // n_bins : (b + 1) * m // n_bins] for b in range(n_bins)]
        unserved = [players for players in bins if not set(players.tolist()).intersection(room.keep)]
        best = np.array([best_first(value, players)[0] for players in unserved], int)
        return Selection(room.take([*best_first(value, best), *best_first(value, room.candidates)], budget))
