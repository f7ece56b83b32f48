"""Damaged and hostile input for every reader, format, store and network: refused in one line, or used; nothing else.

A case is a target and some bytes, which decide what is done to the target's valid files (``mutations``). A worker in a
process of its own does it and judges the end (``judge``), so that a crash, a hang or too much memory is seen as such.
``python -m tests.fuzz --cases 100000`` runs many; ``test_fuzz.py`` a few, by Hypothesis.
"""
