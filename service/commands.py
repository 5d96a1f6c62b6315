"""What the commands do, free of argument parsing: serve, work, refresh, build, check.

Each puts the parts of the wiring together for one purpose and says what happened; the parts themselves live elsewhere.
"""
