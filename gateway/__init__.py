"""The gateway: settings, server, store and GraphQL transport, composed with the providers."""
