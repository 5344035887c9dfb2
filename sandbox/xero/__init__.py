"""A stand-in of the Xero Accounting API: identity, connections, `/api.xro/2.0`."""
