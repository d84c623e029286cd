"""Medixcel Connect from end to end: clients, a gateway, and the sandbox process, over HTTP."""
