"""Contacts: the type, its queries and its mutations."""

from datetime import datetime
from typing import Annotated

import strawberry

from providers.domain import entities
from resolvers.connection import Connection, Listing
from resolvers.conversation import Conversation
from resolvers.field import ACCOUNT, Info, loaded, resolved
from resolvers.filter import ContactFilter
from resolvers.inputs import CreateContactInput, UpdateContactInput
from resolvers.key import object_key
from resolvers.node import Node, instance_of
from resolvers.paging import After, Before, First, Last, page_request
from resolvers.user_error import USER_ERRORS, UserError, outcome


@strawberry.type(description="A person to text, in the address book of an account.")
class Contact(Node):
    is_type_of = instance_of(entities.Contact)

    account = loaded(
        lambda load: load.account_by_key,
        key=lambda contact: contact.account_key,
        type=ACCOUNT,
        description="The account whose address book it is in.",
    )
    external_id: str = strawberry.field(description="The provider's own id of it.")
    first_name: str | None = strawberry.field(description="The given name.")
    last_name: str | None = strawberry.field(description="The family name.")
    number: str = strawberry.field(description="The telephone number, as the provider writes it.")
    e164: str | None = strawberry.field(description="The number in E.164, where it can be read as one.")
    synced_at: datetime = strawberry.field(description="When the gateway last read it from the provider.")

    @resolved(type=Connection[Conversation] | None, description="The conversations with this contact.")
    @staticmethod
    async def conversations(
        contact: strawberry.Parent[entities.Contact],
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Listing[entities.Conversation]:
        request = page_request("contact.conversations", first, after, last, before)
        key = (contact.account_key, contact.external_id)
        page = await info.context.load.conversations_by_contact.load((key, request))
        return Listing("contact.conversations", page)


@strawberry.type
class ContactQuery:
    @resolved(type=Contact | None, description="A contact by its id; null where it is unknown or not the viewer's.")
    async def contact(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The contact's id.")]
    ) -> entities.Contact | None:
        key = object_key("Contact", id)
        return None if key is None else await info.context.load.contact_by_id.load(key)

    @resolved(type=Connection[Contact] | None, description="Contacts of all accounts.")
    async def contacts(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: Annotated[
            ContactFilter | None, strawberry.argument(description="Which contacts are wanted; all without it.")
        ] = None,
    ) -> Listing[entities.Contact]:
        request = page_request("contacts", first, after, last, before)
        criteria = (filter or ContactFilter()).criteria()
        return Listing("contacts", await info.context.read.contacts(criteria, request))


@strawberry.type(description="What became of createContact.")
class CreateContactPayload:
    contact: entities.Contact | None = strawberry.field(
        graphql_type=Contact | None, description="The contact as the provider has it."
    )
    created: bool = strawberry.field(description="False where the provider had this contact already.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type(description="What became of updateContact.")
class UpdateContactPayload:
    contact: entities.Contact | None = strawberry.field(
        graphql_type=Contact | None, description="The contact as the provider has it now."
    )
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type
class ContactMutation:
    @resolved(type=CreateContactPayload, description="Adds a contact to an account's address book.")
    async def create_contact(
        self, info: Info, input: Annotated[CreateContactInput, strawberry.argument(description="Whom to add.")]
    ) -> CreateContactPayload:
        made, errors = await outcome(info.context.write.run(input.to_command()))
        if made is None:
            return CreateContactPayload(contact=None, created=False, user_errors=errors)
        return CreateContactPayload(contact=made.entity, created=made.created, user_errors=errors)

    @resolved(type=UpdateContactPayload, description="Changes a contact. Fields that are absent stay as they are.")
    async def update_contact(
        self, info: Info, input: Annotated[UpdateContactInput, strawberry.argument(description="What to change.")]
    ) -> UpdateContactPayload:
        contact, errors = await outcome(info.context.write.run(input.to_command()))
        return UpdateContactPayload(contact=contact, user_errors=errors)
