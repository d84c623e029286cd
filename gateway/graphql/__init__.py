"""GraphQL: execution and transport."""
