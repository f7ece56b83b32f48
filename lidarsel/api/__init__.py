"""The Python API: functions that do what the commands do, and results that show themselves (docs/python.md)."""
