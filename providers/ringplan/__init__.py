"""RingPlan: texting and Jitsi meetings (calls R1 to R18)."""

from providers.ringplan.provider import RingPlanProvider

__all__ = ["RingPlanProvider"]
