"""Events: what changes is written to the feed with the change itself, and told from there."""
