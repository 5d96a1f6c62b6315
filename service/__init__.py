"""The trade: where posts come from, where documents go."""
