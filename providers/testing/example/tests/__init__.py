"""Tests of Example."""
