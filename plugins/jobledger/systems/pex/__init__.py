"""PEX cards: tags out, purchases and receipts in."""
