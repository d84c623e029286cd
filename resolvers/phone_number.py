"""Phone numbers: the type and its query."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

from providers.domain import entities
from resolvers.field import ACCOUNT, Info, loaded, resolved
from resolvers.key import account_key
from resolvers.node import Node, instance_of


@strawberry.type(description="A number that messages of an account are sent from.")
class PhoneNumber(Node):
    is_type_of = instance_of(entities.PhoneNumber)

    account = loaded(
        lambda load: load.account_by_key,
        key=lambda number: number.account_key,
        type=ACCOUNT,
        description="The account that sends from it.",
    )
    external_id: str = strawberry.field(description="The provider's own id of it.")
    number: str = strawberry.field(description="As the provider writes it.")
    e164: str | None = strawberry.field(description="E.164, where the number can be read as one.")
    owners: list[str] = strawberry.field(description="Who uses the number, in the provider's words.")


@strawberry.type
class PhoneNumberQuery:
    @resolved(
        type=list[PhoneNumber] | None,
        description="The numbers to send messages from; null for an account that is unknown or not the viewer's.",
    )
    async def phone_numbers(
        self,
        info: Info,
        account_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only this account's; without it all accounts'.")
        ] = None,
    ) -> Sequence[entities.PhoneNumber] | None:
        if account_id is None:
            return await info.context.read.phone_numbers(None)
        key = account_key(account_id)
        if key is None or await info.context.load.account_by_key.load(key) is None:
            return None
        return await info.context.read.phone_numbers(key)
