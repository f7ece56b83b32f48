"""How much each unit of a network counts: learned by scales that are drawn, or by simpler rivals."""
