"""A process that uses the embedded provider, for tests of several processes on one file.

Connect an account for each argument and print its number. With `--talk`, let the first account text the second one
until the process is killed, and print the id of each message after it is acknowledged.
"""

import asyncio
import sys

from providers.domain.drafts import ConnectionRequest, ContactDraft, MessageDraft
from providers.domain.entities import Account
from providers.local import LocalProvider
from providers.local.settings import LocalSettings
from providers.testing.core import ATTEMPT, make_core


async def work(path: str, keys: list[str], *, talks: bool) -> None:
    core = make_core("embedded")
    provider = LocalProvider(LocalSettings(plugin="local", path=path), core)
    await provider.open()
    accounts = [Account(key=key, provider="embedded", user_id="ada") for key in keys]
    for account in accounts:
        await provider.connect_account(account, ConnectionRequest(user_id="ada"), ATTEMPT)
        [number] = await provider.list_numbers(account)
        say(number.number)
    if talks:
        await talk(provider, *accounts)
    await provider.aclose()
    await core.http.aclose()


async def talk(provider: LocalProvider, sender: Account, recipient: Account) -> None:
    [[own], [number]] = [await provider.list_numbers(account) for account in (sender, recipient)]
    draft = ContactDraft(first_name="Ben", last_name="Moor", number=number.number, e164=number.number)
    contact = (await provider.create_contact(sender, draft, ATTEMPT)).entity
    conversation = (await provider.create_conversation(sender, contact, own.number, ATTEMPT)).entity
    while True:
        say((await provider.send_message(sender, conversation, MessageDraft(text="Hello"), ATTEMPT)).external_id)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    path, *keys = [argument for argument in sys.argv[1:] if argument != "--talk"]
    asyncio.run(work(path, keys, talks="--talk" in sys.argv))
