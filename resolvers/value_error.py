"""Values of arguments and variables that are not of their type: where they stand and what is wrong with them.

GraphQL's own words repeat what was sent, which may hold a secret, and don't name the field of a literal.
"""

import re

from graphql import GraphQLError
from graphql.language import Token, TokenKind, ValueNode, VariableDefinitionNode

_SENT = re.compile(r"(, found|(?<= value)): .*", re.DOTALL)
_OPENING = (TokenKind.BRACE_L, TokenKind.BRACKET_L)
_CLOSING = (TokenKind.BRACE_R, TokenKind.BRACKET_R)


def value_error(error: GraphQLError) -> str | None:
    """What is wrong with a value, beginning with its place; None where `error` is not about a value.

    Lists and objects in place of a scalar have no name: GraphQL loses where they stand.
    """
    node = error.nodes[0] if error.nodes else None
    if isinstance(node, ValueNode):
        return _reason(error) if node.loc is None else f"{_name_before(node.loc.start_token)}: {_reason(error)}"
    inner = error.original_error
    if isinstance(node, VariableDefinitionNode) and isinstance(inner, GraphQLError):
        return error.message.removesuffix(inner.message) + _reason(inner)
    return None


def without_what_was_sent(message: str) -> str:
    """A message of GraphQL's own."""
    return _SENT.sub("", message)


def _reason(error: GraphQLError) -> str:
    cause = error.original_error
    return without_what_was_sent(error.message) if cause is None else str(cause)


def _name_before(token: Token) -> str:
    """The argument, field or variable that a literal is the value of, also as an item of a list."""
    depth = 0
    while token.prev is not None and (depth or token.kind is not TokenKind.COLON):
        depth += (token.kind in _CLOSING) - (depth > 0 and token.kind in _OPENING)
        token = token.prev
    return "" if token.prev is None else token.prev.value or ""
