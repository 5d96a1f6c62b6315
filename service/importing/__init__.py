"""``feedmill import-feed``: a site takes over the readers of the feed it had before."""
