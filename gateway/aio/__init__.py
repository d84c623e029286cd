"""asyncio tools that know nothing of providers or GraphQL."""
