"""For how long what was read from providers is shown, as the operator sets it."""

from pydantic import Field

from gateway.config.sections import Section

_DAY = 86_400.0
_WEEK = 7 * _DAY
_MONTH = 30 * _DAY


class FreshSeconds(Section):
    """For so long after a reading nobody asks again."""

    messages: float = Field(5, ge=0, description="How long messages count as true once they are read.")
    meetings: float = Field(30, ge=0, description="How long meetings do.")
    meeting_details: float = Field(
        600, ge=0, description="Seconds for which the details of a listed meeting are served without a refresh."
    )
    past_meetings: float = Field(3_600, ge=0, description="How long the meetings of times gone by do.")
    conversations: float = Field(30, ge=0, description="How long conversations do.")
    contacts: float = Field(300, ge=0, description="How long contacts do.")
    phone_numbers: float = Field(300, ge=0, description="How long telephone numbers do.")


class UsableSeconds(Section):
    """For so long after a reading it is shown at once, and read again behind the reader's back."""

    messages: float = Field(
        _WEEK, ge=0, description="How old messages may be that are shown at once, while they are read anew."
    )
    meetings: float = Field(_WEEK, ge=0, description="How old meetings may be.")
    past_meetings: float = Field(_WEEK, ge=0, description="How old the meetings of times gone by may be.")
    conversations: float = Field(_WEEK, ge=0, description="How old conversations may be.")
    contacts: float = Field(_MONTH, ge=0, description="How old contacts may be.")
    phone_numbers: float = Field(_MONTH, ge=0, description="How old telephone numbers may be.")
