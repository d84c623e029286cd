"""Who and what takes part in a meeting."""

import strawberry

from providers.domain.entities import ParticipantResponse


@strawberry.type(description="A person who is invited to a meeting.")
class Participant:
    email: str = strawberry.field(description="The mail address for the invitation.")
    first_name: str | None = strawberry.field(description="The given name, if known.")
    last_name: str | None = strawberry.field(description="The family name, if known.")
    user_id: str | None = strawberry.field(
        description="The participant's id in the operator's system, if it was given."
    )
    response: ParticipantResponse = strawberry.field(description="The response to the invitation.")


@strawberry.type(description="A phone number by which to join a meeting.")
class DialIn:
    number: str = strawberry.field(description="The number to call.")
    pin: str | None = strawberry.field(description="The PIN to enter.")
    region_code: str | None = strawberry.field(description="The country code of the number, such as AT.")
