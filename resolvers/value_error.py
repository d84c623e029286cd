"""Values of arguments and variables that are not of their type: where they stand and what is wrong with them.

GraphQL's own words repeat what was sent, which may hold a secret, and don't name the field of a literal.
"""

import re
from dataclasses import dataclass

from graphql import GraphQLError
from graphql.language import Token, TokenKind, ValueNode, VariableDefinitionNode

_SENT = re.compile(r"(, found|(?<= value)): .*", re.DOTALL)
_IN_VARIABLE = re.compile(r"Variable '\$(\w+)' has invalid value(?: at (\S+))?: ")
_STEP = re.compile(r"\w+")
_OPENING = (TokenKind.BRACE_L, TokenKind.BRACKET_L)
_CLOSING = (TokenKind.BRACE_R, TokenKind.BRACKET_R)
_WITHIN_AN_ITEM = (TokenKind.COLON, TokenKind.DOLLAR)


@dataclass(frozen=True, slots=True)
class ValueFault:
    """A value that is not of its type. The message begins with the value's place.

    `path` begins with the argument of a literal, with the variable of a value that came in one, and counts the items
    of lists from "0". It is empty for a list or an object in place of a scalar: GraphQL loses their place.
    """

    message: str
    path: tuple[str, ...]


def value_fault(error: GraphQLError) -> ValueFault | None:
    """The fault of the value that `error` is about; None if it is about something else."""
    node = error.nodes[0] if error.nodes else None
    if isinstance(node, ValueNode):
        return _fault_of_literal(error, node)
    inner = error.original_error
    if isinstance(node, VariableDefinitionNode) and isinstance(inner, GraphQLError):
        return ValueFault(error.message.removesuffix(inner.message) + _reason(inner), _path_in_variable(error.message))
    return None


def _fault_of_literal(error: GraphQLError, node: ValueNode) -> ValueFault:
    if node.loc is None:
        return ValueFault(_reason(error), ())
    path = _path_to(node.loc.start_token)
    name = next((step for step in reversed(path) if not step.isdigit()), "")
    return ValueFault(f"{name}: {_reason(error)}", path)


def without_what_was_sent(message: str) -> str:
    """A message of GraphQL's own."""
    return _SENT.sub("", message)


def _reason(error: GraphQLError) -> str:
    cause = error.original_error
    return without_what_was_sent(error.message) if cause is None else str(cause)


def _path_in_variable(message: str) -> tuple[str, ...]:
    """The path from the variable, which graphql-core puts into the message alone, as `.participants[0].email`."""
    found = _IN_VARIABLE.match(message)
    return (found[1], *_STEP.findall(found[2] or "")) if found else ()


def _path_to(literal: Token) -> tuple[str, ...]:
    """The names and indices that lead to a literal from its argument, read backwards from its first token."""
    path: list[str] = []
    name, items, depth = "", 0, 0
    token = literal.prev
    while token is not None and (depth or token.kind is not TokenKind.PAREN_L):
        if depth:
            depth += (token.kind in _CLOSING) - (token.kind in _OPENING)
            items += not depth
        elif token.kind in _OPENING:
            path.append(name if token.kind is TokenKind.BRACE_L else str(items))
            name, items = "", 0
        elif token.kind in _CLOSING:
            depth = 1
        elif token.kind is TokenKind.COLON:
            name = name or (token.prev.value if token.prev else None) or ""
        else:
            items += token.kind not in _WITHIN_AN_ITEM
        token = token.prev
    return (name, *reversed(path))
