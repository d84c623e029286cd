"""Vocabulary shared by providers, resolvers and the gateway. Imports no other package of the project."""
