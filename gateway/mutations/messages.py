"""Conversations and messages: create, send."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
from providers.domain.errors import Rejected
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
        record.announce_conversations(self.account, changes)
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
    user_id: str
    idempotency_key: str | None

    @classmethod
    async def prepare(cls, preconditions: Preconditions, command: SendMessage, _: datetime) -> Self:
        conversation = await preconditions.conversation(command.conversation_id)
        account = await preconditions.owner(conversation.account_key)
        sender, upstream = sender_of(preconditions, account), preconditions.upstream_of(account)
        draft = _draft(upstream, command, internal_media=preconditions.services.internal_media)
        return cls(
            services=preconditions.services,
            provider=account.provider,
            account_key=account.key,
            account=account,
            conversation=conversation,
            draft=draft,
            sender=sender,
            finder=upstream.can(MessageFinder),
            user_id=preconditions.viewer.user_id,
            idempotency_key=command.idempotency_key,
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
        if self.idempotency_key is not None:
            result = replace(result, sent_by=self.user_id, idempotency_key=self.idempotency_key)
            await self.services.store.messages.release_key(record.transaction, result)
        changes = await self.services.store.messages.put(record.transaction, [result])
        is_new = any(change.is_new for change in changes)
        if result.status is MessageStatus.FAILED:
            error = Rejected("The provider could not send it.", provider=self.provider)
            return Done(entity=result, is_new=is_new, error=error)
        record.announce_messages(self.account, [change.entity for change in changes if change.is_new])
        return Done(entity=changes[0].entity if changes else result, is_new=is_new)


def sender_of(preconditions: Preconditions, account: Account) -> MessageSender:
    """Return the provider as one that can send for the account now. Raise what every such mutation is refused with."""
    sender = preconditions.upstream_of(account).require(MessageSender)
    preconditions.check_connected(account)
    return sender


def _draft(upstream: Upstream, command: SendMessage, *, internal_media: bool) -> MessageDraft:
    faults = Faults()
    required_text(faults, command.text, MAX_TEXT, "text")
    urls = _media_urls(faults, upstream, command.media_urls or (), internal_media=internal_media)
    faults.raise_if_any()
    # The text is sent unchanged, with the blanks around it: they may be meant.
    return MessageDraft(text=command.text, media_urls=urls)


def _media_urls(faults: Faults, upstream: Upstream, given: Sequence[str], *, internal_media: bool) -> tuple[str, ...]:
    sender = upstream.can(MediaSender)
    if given and sender is None:
        faults.add_unsupported(f"{upstream.name} sends no media.", upstream.name, "mediaUrls")
        return ()
    max_media = min(sender.max_media, MAX_MEDIA) if sender is not None else 0
    if len(given) > max_media:
        faults.add(f"mediaUrls has {len(given)} entries; the maximum is {max_media}.", "mediaUrls")
        return ()
    return tuple(
        media_url(faults, url, "mediaUrls", str(index), internal=internal_media) for index, url in enumerate(given)
    )
