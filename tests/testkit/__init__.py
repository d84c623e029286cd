"""Shared by all tests: one way to start a server, one client, one upstream on paper, one clock."""
