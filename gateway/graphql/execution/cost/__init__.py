"""Query cost: model, analysis, weights and rate limit."""
