"""What becomes of writes whose answers get lost: clients, a gateway, a proxy that spoils calls, the sandbox process."""
