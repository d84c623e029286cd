"""Reads: the store is brought up to date as far as a query needs it, then asked."""
