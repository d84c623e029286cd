"""The plug-in that `switchboard new-provider` copies passes the contract kit."""

from providers.testing.example.tests.test_contract import TestExample

__all__ = ["TestExample"]
