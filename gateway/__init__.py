"""The composition root: settings, the server, the store, and whatever joins GraphQL to the providers."""
