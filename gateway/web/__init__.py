"""HTTP endpoints besides GraphQL, and middleware."""
