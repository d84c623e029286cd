"""A stateful stand-in for RingPlan, for tests and for integrators without credentials."""

from providers.ringplan.sandbox.app import RingPlanSandbox

__all__ = ["RingPlanSandbox"]
