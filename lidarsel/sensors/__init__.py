"""Real spinning lidars: a catalogue, a file each; which is nearest to chosen lines; how a log's lines imitate one."""
