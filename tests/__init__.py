"""Tests, in folders that mirror the code under test."""
