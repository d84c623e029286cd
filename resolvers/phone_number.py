"""Phone numbers: the type and its query."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

from providers.domain import entities
from providers.domain.identity import account_key
from resolvers.field import ACCOUNT, Info, loaded, resolved
from resolvers.node import Node


@strawberry.type(description="A phone number from which an account sends messages.")
class PhoneNumber(Node):
    account = loaded(
        lambda load: load.account_by_key,
        key=lambda number: number.account_key,
        type=ACCOUNT,
        description="The account of the number.",
    )
    external_id: str = strawberry.field(description="The provider's id of the number.")
    number: str = strawberry.field(description="The number as the provider writes it.")
    e164: str | None = strawberry.field(description="The number in E.164 format; null if it can't be parsed.")
    owners: list[str] = strawberry.field(description="The users of the number, as the provider names them.")


@strawberry.type
class PhoneNumberQuery:
    @resolved(
        type=list[PhoneNumber] | None,
        description="The phone numbers to send messages from; null if the account is unknown or belongs to "
        "another user.",
    )
    async def phone_numbers(
        self,
        info: Info,
        account_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="The account whose numbers to return; all accounts by default."),
        ] = None,
    ) -> Sequence[entities.PhoneNumber] | None:
        if account_id is None:
            return await info.context.read.phone_numbers(None)
        key = account_key(account_id)
        if key is None or await info.context.load.account_by_key.load(key) is None:
            return None
        return await info.context.read.phone_numbers(key)
