"""Mutations: validated, journalled, done once."""
