"""Connectors, one per vendor, all of one shape (`base.System`)."""
