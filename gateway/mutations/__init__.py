"""Writes: mutations, validated, journalled, done once."""
