"""Benchmarks: what a request costs, next to the floor of a bare route that sends the same bytes."""
