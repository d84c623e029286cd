"""Values of arguments and variables that have the wrong type: their path, and the reason.

graphql-core's messages repeat the value, which may be a secret, and don't name the field of a literal.
"""

import re

from graphql import GraphQLError
from graphql.language import Token, TokenKind, ValueNode, VariableDefinitionNode

from providers.domain.errors import BadUserInput

_SENT_VALUE = re.compile(r"(, found|(?<= value)): .*", re.DOTALL)
_IN_VARIABLE = re.compile(r"Variable '\$(\w+)' has invalid value(?: at (\S+))?: ")
_STEP = re.compile(r"\w+")
_OPENING = (TokenKind.BRACE_L, TokenKind.BRACKET_L)
_CLOSING = (TokenKind.BRACE_R, TokenKind.BRACKET_R)
_WITHIN_AN_ITEM = (TokenKind.COLON, TokenKind.DOLLAR)


def value_fault(error: GraphQLError) -> BadUserInput | None:
    """Return the fault of a value that has the wrong type; None if `error` has another cause.

    The path begins with the argument of a literal, or with the variable that held the value, and counts the items of
    lists from "0". It is empty for a list or an object in place of a scalar, whose position graphql-core loses.
    """
    node = error.nodes[0] if error.nodes else None
    if isinstance(node, ValueNode):
        return _fault_of_literal(error, node)
    inner = error.original_error
    if isinstance(node, VariableDefinitionNode) and isinstance(inner, GraphQLError):
        message = error.message.removesuffix(inner.message) + _reason(inner)
        return BadUserInput(message, path=path_in_variable(error))
    return None


def _fault_of_literal(error: GraphQLError, node: ValueNode) -> BadUserInput:
    if node.loc is None:
        return BadUserInput(_reason(error), path=())
    path = _path_to(node.loc.start_token)
    name = next((step for step in reversed(path) if not step.isdigit()), "")
    return BadUserInput(f"{name}: {_reason(error)}", path=path)


def without_sent_value(message: str) -> str:
    """Return a message of graphql-core without the value that it repeats."""
    return _SENT_VALUE.sub("", message)


def _reason(error: GraphQLError) -> str:
    cause = error.original_error
    return without_sent_value(error.message) if cause is None else str(cause)


def path_in_variable(error: GraphQLError) -> tuple[str, ...]:
    """Return the path from the variable that the error is about; empty for another error.

    graphql-core has it in the message alone, as `.participants[0].email`.
    """
    found = _IN_VARIABLE.match(error.message)
    return (found[1], *_STEP.findall(found[2] or "")) if found else ()


def _path_to(literal: Token) -> tuple[str, ...]:
    """Return the names and indices from the argument to a literal, read backwards from the literal's first token."""
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
