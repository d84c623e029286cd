"""Query cost: model, weights and rate limit."""
