"""Writes that are done once: journal, attempts, settling, reconciliation."""
