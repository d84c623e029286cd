"""Conversations and messages: create, send."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self

from gateway.events.recorder import Record
from gateway.mutations.preconditions import MutationServices, Preconditions
from gateway.mutations.validation.fields import MAX_TEXT, Faults, media_url, required_text, telephone_number
from gateway.mutations.write import Done, Write
from providers.api.capabilities import (
    ConversationCreator,
    ConversationFinder,
    LostWrite,
    MediaSender,
    MessageFinder,
    MessageSender,
)
from providers.domain.commands import CreateConversation, SendMessage
from providers.domain.drafts import MessageDraft
from providers.domain.entities import Account, Contact, Conversation, Message, MessageStatus
from providers.domain.errors import NotSupported, Rejected
from providers.domain.results import Created
from providers.upstreams import Upstream

MAX_MEDIA = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateConversationWrite(Write[Created[Conversation]]):
    services: MutationServices
    account: Account
    contact: Contact
    number: str
    creator: ConversationCreator
    finder: ConversationFinder | None

    @classmethod
    async def prepare(cls, preconditions: Preconditions, command: CreateConversation, _: datetime) -> Self:
        contact = await preconditions.contact(command.contact_id)
        account = await preconditions.owner(contact.account_key)
        upstream = preconditions.upstream_of(account)
        creator = upstream.require(ConversationCreator)
        faults = Faults()
        telephone_number(faults, command.from_number, "fromNumber")
        faults.raise_if_any()
        preconditions.check_connected(account)
        return cls(
            services=preconditions.services,
            provider=account.provider,
            account_key=account.key,
            account=account,
            contact=contact,
            number=command.from_number.strip(),
            creator=creator,
            finder=upstream.can(ConversationFinder),
        )

    @staticmethod
    def result(done: Done) -> Conversation:
        return done.entity_of(Conversation)

    @property
    def can_find(self) -> bool:
        return self.finder is not None

    async def call(self, attempt: str) -> Created[Conversation]:
        return await self.creator.create_conversation(self.account, self.contact, self.number, attempt)

    async def find(self, lost: LostWrite) -> Created[Conversation] | None:
        if self.finder is None:
            return None
        return await self.finder.find_conversation(self.account, self.contact, self.number, lost)

    async def store(self, record: Record, result: Created[Conversation]) -> Done:
        conversations = self.services.store.conversations
        changes = await conversations.put(record.transaction, [result.entity], has_history=not result.created)
        record.announce_changed_conversations(self.account, changes)
        return Done(entity=result.entity, created=result.created)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendMessageWrite(Write[Message]):
    creates: ClassVar[bool] = True
    services: MutationServices
    account: Account
    conversation: Conversation
    draft: MessageDraft
    sender: MessageSender
    finder: MessageFinder | None

    @classmethod
    async def prepare(cls, preconditions: Preconditions, command: SendMessage, _: datetime) -> Self:
        conversation = await preconditions.conversation(command.conversation_id)
        account = await preconditions.owner(conversation.account_key)
        upstream = preconditions.upstream_of(account)
        sender = upstream.require(MessageSender)
        draft = _draft(command, _max_media(upstream, command), internal_media=preconditions.services.internal_media)
        preconditions.check_connected(account)
        return cls(
            services=preconditions.services,
            provider=account.provider,
            account_key=account.key,
            account=account,
            conversation=conversation,
            draft=draft,
            sender=sender,
            finder=upstream.can(MessageFinder),
        )

    @staticmethod
    def result(done: Done) -> Message:
        return done.entity_of(Message)

    @property
    def can_find(self) -> bool:
        return self.finder is not None

    async def call(self, attempt: str) -> Message:
        return await self.sender.send_message(self.account, self.conversation, self.draft, attempt)

    async def find(self, lost: LostWrite) -> Message | None:
        if self.finder is None:
            return None
        return await self.finder.find_message(self.account, self.conversation, self.draft, lost)

    async def store(self, record: Record, result: Message) -> Done:
        changes = await self.services.store.messages.put(record.transaction, [result])
        is_new = any(change.is_new for change in changes)
        if result.status is MessageStatus.FAILED:
            error = Rejected("The provider could not send it.", provider=self.provider)
            return Done(entity=result, is_new=is_new, error=error)
        record.announce_messages(self.account, [change.entity for change in changes if change.is_new])
        return Done(entity=changes[0].entity if changes else result, is_new=is_new)


def _draft(command: SendMessage, max_media: int, *, internal_media: bool) -> MessageDraft:
    faults = Faults()
    required_text(faults, command.text, MAX_TEXT, "text")
    media = command.media_urls or ()
    if len(media) > max_media:
        faults.add(f"mediaUrls has {len(media)} entries; the maximum is {max_media}.", "mediaUrls")
        media = ()
    urls = tuple(
        media_url(faults, url, "mediaUrls", str(index), internal=internal_media) for index, url in enumerate(media)
    )
    faults.raise_if_any()
    # The text is sent unchanged, with the blanks around it: they may be meant.
    return MessageDraft(text=command.text, media_urls=urls)


def _max_media(upstream: Upstream, command: SendMessage) -> int:
    sender = upstream.can(MediaSender)
    if sender is not None:
        return min(sender.max_media, MAX_MEDIA)
    if command.media_urls:
        raise NotSupported(f"{upstream.name} sends no media.", provider=upstream.name)
    return 0
