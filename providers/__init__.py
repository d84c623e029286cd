"""Providers: the domain model, the capabilities of plug-ins, their HTTP client, and the plug-ins."""
