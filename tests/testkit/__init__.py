"""Shared by all tests: one way to start a server, one client, one world builder, one upstream on paper, the clocks."""
