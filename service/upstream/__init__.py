"""Asking others over the network: what a source may use to get its listing, and nothing else of the network."""
