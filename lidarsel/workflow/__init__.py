"""The stages of the main job and the main job itself: each stage alone and all of them in a row."""
