"""Commands disturbed at random moments: the same command, given again, ends in the bytes of one that nobody disturbed.

``python -m tests.faults --runs 50`` does many and prints a table; ``test_faults.py`` a few.
"""
