"""Reports: what the store knows, in words and tables for people."""
