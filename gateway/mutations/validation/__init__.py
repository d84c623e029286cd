"""Validation of mutation inputs."""
