"""A stand-in of the QuickBooks Online Accounting API for one company."""
