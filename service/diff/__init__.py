"""Two states of what is published, compared as readers would see them: ``feedmill diff``."""
