"""RingPlan from end to end: the gateway over the sandbox process, everything by real HTTP."""
