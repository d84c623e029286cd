"""Bounded runs of everything that can go wrong at once: on loopback, with a seed that repeats them."""
