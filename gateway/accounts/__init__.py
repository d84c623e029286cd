"""Connecting an account by way of the provider's page: tickets, cookies, the callback."""
