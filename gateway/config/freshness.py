"""Freshness: how long cached data are served, without and with a refresh."""

from pydantic import Field

from gateway.config.sections import Section

_DAY = 86_400
_WEEK = 7 * _DAY
_MONTH = 30 * _DAY


class FreshSeconds(Section):
    """Seconds for which cached data are served without a refresh."""

    messages: float = Field(5, ge=0, description="Seconds for which cached messages are served without a refresh.")
    meetings: float = Field(30, ge=0, description="Seconds for which cached meetings are served without a refresh.")
    meeting_details: float = Field(
        600, ge=0, description="Seconds for which the cached details of a meeting are served without a refresh."
    )
    past_meetings: float = Field(
        3_600, ge=0, description="Seconds for which cached meetings of the past are served without a refresh."
    )
    conversations: float = Field(
        30, ge=0, description="Seconds for which cached conversations are served without a refresh."
    )
    contacts: float = Field(300, ge=0, description="Seconds for which cached contacts are served without a refresh.")
    phone_numbers: float = Field(
        300, ge=0, description="Seconds for which cached phone numbers are served without a refresh."
    )


class UsableSeconds(Section):
    """Seconds for which cached data are served at once while a refresh runs in the background."""

    messages: float = Field(
        _WEEK, ge=0, description="Maximum age in seconds of messages that are served while they are refreshed."
    )
    meetings: float = Field(
        _WEEK, ge=0, description="Maximum age in seconds of meetings that are served while they are refreshed."
    )
    past_meetings: float = Field(
        _WEEK, ge=0, description="Maximum age in seconds of past meetings that are served while they are refreshed."
    )
    conversations: float = Field(
        _WEEK, ge=0, description="Maximum age in seconds of conversations that are served while they are refreshed."
    )
    contacts: float = Field(
        _MONTH, ge=0, description="Maximum age in seconds of contacts that are served while they are refreshed."
    )
    phone_numbers: float = Field(
        _MONTH, ge=0, description="Maximum age in seconds of phone numbers that are served while they are refreshed."
    )
