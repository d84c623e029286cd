"""Conversations as a viewer has read them."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self

from gateway.events.recorder import Record
from gateway.mutations.preconditions import MutationServices, Preconditions
from gateway.mutations.write import Done, Write
from gateway.storage import MessagePosition
from providers.domain.commands import MarkConversationRead
from providers.domain.entities import Account, Conversation
from providers.domain.errors import InvalidInput


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkConversationReadWrite(Write[None]):
    """A mark of the viewer's own. Its provider is not called: the account need not be connected."""

    repeatable: ClassVar[bool] = True
    is_own: ClassVar[bool] = True
    services: MutationServices
    account: Account
    conversation: Conversation
    reader: str
    position: MessagePosition

    @classmethod
    async def prepare(cls, preconditions: Preconditions, command: MarkConversationRead, _: datetime) -> Self:
        conversation = await preconditions.conversation(command.conversation_id)
        account = await preconditions.owner(conversation.account_key)
        place = await preconditions.message_place(command.up_to_message_id, "upToMessageId")
        if place.conversation != conversation.key:
            message = "upToMessageId names no message of the conversation."
            raise InvalidInput(message, path=("input", "upToMessageId"))
        return cls(
            services=preconditions.services,
            provider=account.provider,
            account_key=account.key,
            account=account,
            conversation=conversation,
            reader=preconditions.viewer.user_id,
            position=place.position,
        )

    @staticmethod
    def result(done: Done) -> Conversation:
        return done.entity_of(Conversation)

    async def call(self, attempt: str) -> None:
        """Do nothing: there is no provider to call."""

    async def store(self, record: Record, _: None) -> Done:
        marks = self.services.store.read_marks
        if await marks.advance(record.transaction, self.reader, self.conversation.key, self.position):
            record.announce_read(self.reader, self.account, self.conversation)
        return Done(entity=self.conversation)
