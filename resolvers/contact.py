"""Contacts: the type, its queries and its mutations."""

from datetime import datetime
from enum import Enum
from typing import Annotated

import strawberry

from providers.domain import entities
from providers.domain.commands import CreateContact, UpdateContact
from providers.domain.identity import object_key
from providers.domain.pages import PageRequest
from resolvers.connection import After, Before, Connection, Edge, First, Last, Listing, page_request
from resolvers.conversation import Conversation
from resolvers.field import ACCOUNT, Info, edge, idempotency_key_field, loaded, optional, paged, resolved
from resolvers.filter import ContactFilter
from resolvers.node import Node
from resolvers.strawberry_compat import describe_enum
from resolvers.user_error import USER_ERRORS, UserError, outcome


class ContactOrder(Enum):
    CREATED_DESC = "CREATED_DESC"
    NAME_ASC = "NAME_ASC"

    @property
    def listing(self) -> str:
        """The name of the list in cursors. That by name was the only one, so cursors have it without an order."""
        return "contacts" if self is ContactOrder.NAME_ASC else f"contacts.{self.value}"


describe_enum(
    ContactOrder,
    "The order of a list of contacts.",
    {
        "CREATED_DESC": "The last created first, as the gateway found them.",
        "NAME_ASC": "By last name, then by first name.",
    },
)

ContactFilterArgument = Annotated[
    ContactFilter | None, strawberry.argument(description="Which contacts to return; all by default.")
]
ContactOrderArgument = Annotated[
    ContactOrder | None,
    strawberry.argument(description="The order of the contacts; the last created first by default."),
]


@strawberry.type(description="A person in the address book of an account.")
class Contact(Node):
    account = loaded(
        lambda load: load.account_by_key,
        key=lambda contact: contact.account_key,
        type=ACCOUNT,
        description="The account whose address book holds the contact.",
    )
    external_id: str = strawberry.field(description="The provider's id of the contact.")
    first_name: str | None = strawberry.field(description="The given name.")
    last_name: str | None = strawberry.field(description="The family name.")
    number: str = strawberry.field(description="The phone number as the provider writes it.")
    e164: str | None = strawberry.field(description="The phone number in E.164 format; null if it can't be parsed.")
    display_name: str = strawberry.field(description="The first and the last name; the number if there is no name.")
    is_named: bool = strawberry.field(
        description="Whether a name is known. False if all that is known is a number, also in place of a name."
    )
    synced_at: datetime = strawberry.field(
        description="The time at which the gateway last read this from the provider."
    )

    conversations = paged(
        "contact.conversations",
        lambda load: load.conversations_by_contact,
        key=lambda contact: contact.key,
        type=Connection[Conversation] | None,
        description="The conversations with this contact.",
    )


@strawberry.type
class ContactQuery:
    @resolved(type=Contact | None, description="A contact by its id; null if it is unknown or belongs to another user.")
    async def contact(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The contact's id.")]
    ) -> entities.Contact | None:
        key = object_key("Contact", id)
        return None if key is None else await info.context.load.contact_by_id.load(key)

    @resolved(type=Connection[Contact] | None, description="The contacts of all accounts.", null_is_error=True)
    async def contacts(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: ContactFilterArgument = None,
        order_by: ContactOrderArgument = ContactOrder.CREATED_DESC,
    ) -> Listing[entities.Contact]:
        order = order_by or ContactOrder.CREATED_DESC
        request = page_request(order.listing, first, after, last, before)
        return await read_contacts(info, order, filter, request)


async def read_contacts(
    info: Info, order: ContactOrder, filter: ContactFilter | None, request: PageRequest, within: str | None = None
) -> Listing[entities.Contact]:
    """Return a page of contacts; with `within`, of the account with that key."""
    criteria = (filter or ContactFilter()).criteria(by_name=order is ContactOrder.NAME_ASC, within=within)
    return Listing(order.listing, await info.context.read.contacts(criteria, request))


@strawberry.input(description="A contact to create.")
class CreateContactInput:
    account_id: strawberry.ID = strawberry.field(description="The account to add the contact to.")
    first_name: str = strawberry.field(description="The contact's given name.")
    last_name: str = strawberry.field(description="The contact's family name.")
    number: str = strawberry.field(description="The contact's phone number, preferably with its country code.")
    idempotency_key: str | None = idempotency_key_field()

    def to_command(self) -> CreateContact:
        return CreateContact(
            account_id=self.account_id,
            first_name=self.first_name,
            last_name=self.last_name,
            number=self.number,
            idempotency_key=self.idempotency_key,
        )


@strawberry.input(description="Changes to a contact. Fields that are absent or null stay unchanged.")
class UpdateContactInput:
    contact_id: strawberry.ID = strawberry.field(description="The contact's id.")
    first_name: str | None = optional("The contact's new given name.")
    last_name: str | None = optional("The contact's new family name.")
    number: str | None = optional("The contact's new phone number, preferably with its country code.")
    clear: list[entities.ContactField] | None = optional("The fields to remove. None of them can be set as well.")
    idempotency_key: str | None = idempotency_key_field()

    def to_command(self) -> UpdateContact:
        return UpdateContact(
            contact_id=self.contact_id,
            first_name=self.first_name,
            last_name=self.last_name,
            number=self.number,
            clear=None if self.clear is None else tuple(self.clear),
            idempotency_key=self.idempotency_key,
        )


@strawberry.type(description="The result of createContact.")
class CreateContactPayload:
    contact: entities.Contact | None = strawberry.field(
        graphql_type=Contact | None, description="The contact as the provider stores it."
    )
    contact_edge = edge(
        ContactOrder.CREATED_DESC.listing,
        lambda load: load.contact_position_by_id,
        node=lambda payload: payload.contact,
        type=Edge[Contact] | None,
        description="The contact with its cursor in `contacts`.",
    )
    created: bool = strawberry.field(description="False if the provider had this contact already.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="The result of updateContact.")
class UpdateContactPayload:
    contact: entities.Contact | None = strawberry.field(
        graphql_type=Contact | None, description="The contact after the mutation."
    )
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type
class ContactMutation:
    @resolved(type=CreateContactPayload, description="Add a contact to an account's address book.")
    async def create_contact(
        self, info: Info, input: Annotated[CreateContactInput, strawberry.argument(description="The contact to add.")]
    ) -> CreateContactPayload:
        made, errors = await outcome(info.context.write.run(input.to_command()))
        if made is None:
            return CreateContactPayload(contact=None, created=False, user_errors=errors)
        return CreateContactPayload(contact=made.entity, created=made.created, user_errors=errors)

    @resolved(
        type=UpdateContactPayload,
        description="Update a contact. Absent fields stay unchanged, unless `clear` names them.",
    )
    async def update_contact(
        self,
        info: Info,
        input: Annotated[UpdateContactInput, strawberry.argument(description="The changes to the contact.")],
    ) -> UpdateContactPayload:
        contact, errors = await outcome(info.context.write.run(input.to_command()))
        return UpdateContactPayload(contact=contact, user_errors=errors)
