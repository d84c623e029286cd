"""Reads: a read-through cache. What a query needs is refreshed from the providers, then read from the store."""
