"""graphql-core's `execute` and `subscribe`, by plans."""

from collections.abc import AsyncGenerator
from typing import Any

from graphql import DocumentNode, ExecutionResult, GraphQLError, GraphQLSchema, get_variable_values

from gateway.graphql.execution.plan.compiler import PlanCompiler
from gateway.graphql.execution.plan.operation import OperationPlan
from gateway.graphql.execution.plan.run import Run
from gateway.graphql.execution.selection_tree import selection_tree
from resolvers.schema import schema as served

_COMPILER = PlanCompiler(served, hide_suggestions=False)


async def execute(
    schema: GraphQLSchema, document: DocumentNode, context_value: object, variable_values: dict[str, Any]
) -> ExecutionResult:
    """Execute the only operation of a valid document: a query or a mutation."""
    prepared = _prepared(schema, document, context_value, variable_values)
    if isinstance(prepared, ExecutionResult):
        return prepared
    plan, run = prepared
    return await plan.execute(run)


async def subscribe(
    schema: GraphQLSchema, document: DocumentNode, context_value: object, variable_values: dict[str, Any]
) -> AsyncGenerator[ExecutionResult, None] | ExecutionResult:
    """Return the results of a subscription, or one with errors if it can't start."""
    prepared = _prepared(schema, document, context_value, variable_values)
    if isinstance(prepared, ExecutionResult):
        return prepared
    plan, run = prepared
    try:
        events = await plan.source(run)
    except GraphQLError as error:
        return ExecutionResult(errors=[error])
    return _results(plan, events, run)


def _prepared(
    schema: GraphQLSchema, document: DocumentNode, context: object, values: dict[str, Any]
) -> tuple[OperationPlan, Run] | ExecutionResult:
    (operation,) = selection_tree(schema, document)
    variables = get_variable_values(schema, operation.node.variable_definitions or (), values)
    if isinstance(variables, list):
        return ExecutionResult(errors=variables)
    return _COMPILER.compile(document, operation, variables.coerced), Run(context, variables)


async def _results(
    plan: OperationPlan, events: AsyncGenerator[Any, None], run: Run
) -> AsyncGenerator[ExecutionResult, None]:
    async for event in events:
        yield await plan.execute_event(event, Run(run.context, run.variables))
