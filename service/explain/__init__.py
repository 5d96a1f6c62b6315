"""Where a post is published, or why it is not, and which line said so: ``feedmill explain``."""
