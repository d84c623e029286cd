"""The errors that several parts of the provider raise. `provider` is the operator's name for it."""

from providers.api import InvalidInput, NotAuthorized, NotFound


def not_connected(provider: str) -> NotAuthorized:
    return NotAuthorized("The account is not connected. Connect it again.", provider=provider)


def not_found(noun: str, provider: str) -> NotFound:
    return NotFound(f"The {noun} does not exist.", provider=provider)


def invalid(message: str, field: str, provider: str) -> InvalidInput:
    """Return the error of one field of a mutation's input; `field` is its GraphQL name."""
    return InvalidInput(message, provider=provider, path=("input", field))
