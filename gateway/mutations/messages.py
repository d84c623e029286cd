"""Conversations and messages: create, send."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from gateway.events.recorder import Record
from gateway.mutations.operation import Done, Write
from gateway.mutations.preconditions import Preconditions
from gateway.mutations.validation.faults import Faults
from gateway.mutations.validation.text import MAX_TEXT, media_url, required_text, telephone_number
from gateway.storage import Store
from providers.api.capabilities import (
    ConversationCreator,
    ConversationFinder,
    MediaSender,
    MessageFinder,
    MessageSender,
)
from providers.domain.drafts import MessageDraft
from providers.domain.entities import Account, Conversation, Message, MessageStatus
from providers.domain.errors import NotSupported, Rejected
from providers.domain.results import Created
from providers.upstreams import Upstream
from resolvers.inputs import CreateConversationInput, SendMessageInput

MAX_MEDIA = 10


@dataclass(frozen=True, slots=True)
class MessageWrites:
    desk: Preconditions
    store: Store
    internal_media: bool

    async def create_conversation(self, input: CreateConversationInput, _: datetime) -> Write:
        contact = await self.desk.contact(input.contact_id)
        account = await self.desk.owner(contact.account_key)
        upstream = self.desk.behind(account)
        creator, finder = upstream.require(ConversationCreator), upstream.can(ConversationFinder)
        faults = Faults()
        telephone_number(faults, input.from_number, "fromNumber")
        faults.raise_if_any()
        self.desk.check_connected(account)
        number = input.from_number.strip()
        return Write(
            provider=account.provider,
            account_key=account.key,
            act=partial(creator.create_conversation, account, contact, number),
            keep=self._keep_conversation,
            find=None if finder is None else partial(finder.find_conversation, account, contact, number),
        )

    async def send(self, input: SendMessageInput, _: datetime) -> Write:
        conversation = await self.desk.conversation(input.conversation_id)
        account = await self.desk.owner(conversation.account_key)
        upstream = self.desk.behind(account)
        sender, finder = upstream.require(MessageSender), upstream.can(MessageFinder)
        faults = Faults()
        draft = self._draft(faults, input, _most_media(upstream, input))
        faults.raise_if_any()
        self.desk.check_connected(account)
        return Write(
            provider=account.provider,
            account_key=account.key,
            act=partial(sender.send_message, account, conversation, draft),
            keep=partial(self._keep_message, account),
            find=None if finder is None else partial(finder.find_message, account, conversation, draft),
            makes_one=True,
        )

    def _draft(self, faults: Faults, input: SendMessageInput, most_media: int) -> MessageDraft:
        """The text goes out as it is, blanks and all."""
        required_text(faults, input.text, MAX_TEXT, "text")
        media = input.media_urls or []
        if len(media) > most_media:
            faults.add(f"There are {len(media)} media; {most_media} are the most.", "mediaUrls")
            media = []
        urls = tuple(
            media_url(faults, url, "mediaUrls", str(index), internal=self.internal_media)
            for index, url in enumerate(media)
        )
        return MessageDraft(text=input.text, media_urls=urls)

    async def _keep_conversation(self, record: Record, created: Created[Conversation]) -> Done:
        await self.store.conversations.put(record.transaction, [created.entity], has_history=not created.created)
        return Done(entity=created.entity, created=created.created)

    async def _keep_message(self, account: Account, record: Record, message: Message) -> Done:
        changes = await self.store.messages.put(record.transaction, [message])
        is_new = any(change.is_new for change in changes)
        if message.status is MessageStatus.FAILED:
            refusal = Rejected("The provider could not send it.", provider=account.provider)
            return Done(entity=message, is_new=is_new, error=refusal)
        record.announce_messages(account, [change.entity for change in changes if change.is_new])
        return Done(entity=changes[0].entity if changes else message, is_new=is_new)


def _most_media(upstream: Upstream, input: SendMessageInput) -> int:
    sender = upstream.can(MediaSender)
    if sender is not None:
        return min(sender.max_media, MAX_MEDIA)
    if input.media_urls:
        raise NotSupported(f"{upstream.name} sends no media.", provider=upstream.name)
    return 0
