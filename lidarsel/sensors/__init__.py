"""Real spinning lidars: a catalogue of products, a file each, and which of them is nearest to chosen lines."""
