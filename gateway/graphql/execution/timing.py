"""What is said of operations that take longer than they may."""

from graphql import GraphQLError, OperationType


def too_late(type: OperationType, seconds: float) -> GraphQLError:
    """The error of an operation that was given up after `seconds`; a mutation then still runs to its end."""
    if type is OperationType.MUTATION:
        return GraphQLError(
            f"This took longer than {seconds:g} seconds and goes on: it may still be done.",
            extensions={"code": "OUTCOME_UNKNOWN", "retryable": True},
        )
    return GraphQLError(
        f"This took longer than {seconds:g} seconds.", extensions={"code": "UNAVAILABLE", "retryable": True}
    )
