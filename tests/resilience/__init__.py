"""Reads stay up: gateways before failing providers, from end to end, over sockets and files that fail in earnest."""
