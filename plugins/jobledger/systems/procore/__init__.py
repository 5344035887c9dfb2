"""Procore: vendors, projects, cost codes and commitments over the REST API (PRC-API-1)."""
