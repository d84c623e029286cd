"""Accounts: connection in the browser, lifecycle, and the renewal of credentials."""
