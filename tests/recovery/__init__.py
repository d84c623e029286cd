"""Writes whose responses are lost: clients, a gateway, a proxy that injects faults, the sandbox process."""
