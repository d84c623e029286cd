"""GraphQL and nothing else: a module per type, with its fields, its queries and its mutations."""
