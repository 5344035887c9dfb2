"""Xero: contacts, tracking options and items over the Accounting API."""
