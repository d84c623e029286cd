"""Test support for plug-ins: fault injection and the base of sandboxes."""
