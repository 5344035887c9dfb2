"""A stand-in of the PEX card platform's External API, version 4."""
