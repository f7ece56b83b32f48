"""What can end an estimate; alone in a file, as the contracts name it and need nothing else of an estimator."""

from typing import Literal

StopReason = Literal["evaluations", "target-se", "frames-differ", "until-stable", "enumerated"]
"""What ended an estimate: its evaluations used up, a rule of ``lidarsel.shapley.stopping``, or nothing left to ask.

frames-differ: the difference between frames alone is above the target, so that more coalitions could not reach it.
"""
