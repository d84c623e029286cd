"""Example: texting over a small HTTP API. `switchboard new-provider` copies this package under another name."""

from providers.testing.example.provider import ExampleProvider

__all__ = ["ExampleProvider"]
