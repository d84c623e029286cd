"""Plans: compiled operations, executed level by level.

A document is compiled once (`compiler`). Its plan (`operation`) is a tree of object plans: the fields that are selected
of the objects of one type, at one place of the document. A plan is executed breadth first. An object plan gets all
objects of its level at once, whatever parents they have, and asks each of its fields (`fields`) for a column: the
field's value for every object. A field resolves its values by its declaration in `resolvers` and completes them by its
type (`completion`): scalars are serialized, and objects are the next level. At the end the columns are joined to one
dict for each object. So a query costs a few steps for each of its fields, and not a task for each of its values.

A column that has to wait is an awaitable; the columns of one object plan wait side by side. An error is recorded with
its path in the `run`, and its value is null. If the type forbids null, it is PROPAGATED instead, and the
nearest parent that may be null becomes null (GraphQL specification, 6.4.4).

graphql-core parses, validates and coerces, and executes introspection. It is also the judge of the plans:
tests/gateway/graphql/execution/plan compares the answers of both.
"""
