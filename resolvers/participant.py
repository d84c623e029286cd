"""Who and what takes part in a meeting."""

import strawberry

from providers.domain.entities import ParticipantResponse


@strawberry.type(description="Somebody who is invited to a meeting.")
class Participant:
    email: str = strawberry.field(description="The mail address that the invitation goes to.")
    first_name: str | None = strawberry.field(description="The given name, where it is known.")
    last_name: str | None = strawberry.field(description="The family name, where it is known.")
    user_id: str | None = strawberry.field(description="The operator's own user id, where it was given.")
    response: ParticipantResponse = strawberry.field(description="What they answered to the invitation.")


@strawberry.type(description="A way to take part by telephone.")
class DialIn:
    number: str = strawberry.field(description="The number to call.")
    pin: str | None = strawberry.field(description="What to enter when asked for a PIN.")
    region_code: str | None = strawberry.field(description="The country of the number, such as AT.")
