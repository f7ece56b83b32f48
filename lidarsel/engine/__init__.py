"""Where evaluations run: in this process, or by the workers of a Ray cluster."""
