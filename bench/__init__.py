"""Figures, one JSON object a line: {"name", "value", "unit", "n", "database"}. Never a pass or a fail.

`python -m bench` runs everything; `python -m bench.<script> [--quick]` runs one.
"""
