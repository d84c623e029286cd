"""HTTP endpoints other than GraphQL, and middleware."""
