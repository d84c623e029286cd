"""Tests of the provider core and of every plug-in; `contract` is what all plug-ins have to pass."""
