"""GraphQL over HTTP, over graphql-transport-ws and over server-sent events."""
