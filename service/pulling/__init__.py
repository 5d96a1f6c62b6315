"""Remote sources: when they are asked, by whom, and how what they said reaches the index."""
