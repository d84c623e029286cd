"""Sources of the fetches of messages. The read log stores them: do not change them."""


def message_source(account_key: str, conversation: str) -> str:
    """Return the source of the fetches of a conversation's messages."""
    return f"{account_key}/{conversation}"


def parts_of_source(source: str) -> tuple[str, str]:
    """Return the account's key and the conversation of a source; "" for the conversation of an account's own lists."""
    account_key, _, conversation = source.partition("/")
    return account_key, conversation
