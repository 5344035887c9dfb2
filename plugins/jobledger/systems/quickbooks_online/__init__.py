"""QuickBooks Online: vendors, customers, items and documents over the Accounting API."""
