"""Medixcel Connect: Zoom and Google Meet calls for an operator's users, through one client key."""

from providers.medixcel.provider import MedixcelProvider

__all__ = ["MedixcelProvider"]
