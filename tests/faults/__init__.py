"""A proxy that stands between a gateway and an upstream, and lets calls fail as networks and servers fail them."""
