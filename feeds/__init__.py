"""The craft: what a feed is.

Pure functions from posts, a site and a channel to bytes. Nothing in this package opens a file or a socket,
asks the clock, reads the environment, draws a random number, or knows that Flask and SQL exist;
``tests/architecture`` holds it to that.
"""
