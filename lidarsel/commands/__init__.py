"""The commands, by what they are about. Each says its options, makes one call and shows the answer."""
