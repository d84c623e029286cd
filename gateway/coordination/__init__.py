"""Coordination between processes: leases and wake-ups."""
