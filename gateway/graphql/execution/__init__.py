"""Execution of GraphQL documents: cache, validation, cost, engine."""
