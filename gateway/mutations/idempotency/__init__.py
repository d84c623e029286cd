"""Writes that happen once: journal, attempts, settling, reconciliation."""
