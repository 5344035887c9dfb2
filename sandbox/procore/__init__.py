"""The stand-in for Procore: its REST API, version 1, as far as an accounting integration uses it."""
