"""Events: the change feed, written in the transaction of each change, and followed by subscriptions."""
