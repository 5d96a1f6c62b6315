"""Benchmarks: what Feedmill costs beside its peers, as medians and ratios of one run on one machine.

``python -m bench`` prints one table. Nothing here is a test, and no figure of it stands in the README.
"""
