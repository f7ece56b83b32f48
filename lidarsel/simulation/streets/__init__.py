"""A street as meshes: its road, what stands along it, and what moves on it."""
