"""RingPlan: texting and Jitsi meetings (R1 to R18)."""

from providers.ringplan.provider import RingPlanProvider

__all__ = ["RingPlanProvider"]
