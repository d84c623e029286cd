"""Medixcel Connect: Zoom and Google Meet meetings of an operator's users, through one client key."""

from providers.medixcel.provider import MedixcelProvider

__all__ = ["MedixcelProvider"]
