"""A runnable stand-in of the vendors' APIs, for the demo, the tests and trials of one's own."""
