"""A smaller completion network: which channels are worth computing, cut for real, retrained."""
