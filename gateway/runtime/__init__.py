"""Composition root: services, per-request session, ASGI application and server."""
