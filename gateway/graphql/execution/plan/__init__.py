"""Plans: compiled operations, executed level by level.

A document is compiled once (`compiler`). Its plan (`operation`) is a tree of object plans: the fields that are selected
of the objects of one type, at one place of the document. A plan is executed breadth first. An object plan gets all
objects of its level at once, those of all parents, and asks each of its fields (`fields`) for a column: the
field's value for every object. A field resolves its values by its declaration in `resolvers` and completes them by its
type (`completion`): scalars are serialized, and objects are the next level. At the end the columns are joined to one
dict for each object. So a query costs a few steps for each of its fields, and not a task for each of its values.

    { conversations { nodes { id contact { firstName } } } }

    object plan          objects                field          column
    Query                the root               conversations  a connection
    Connection           1 connection           nodes          one list of 20: its items are the next level
    Conversation         20 conversations       id             20 texts
                                                contact        20 contacts, by one call of a loader; 3 are null
    Contact              17 contacts            firstName      17 texts

A column that has to wait is an awaitable; the columns of one object plan wait side by side. An error is recorded with
its path in the `run`, and its value is null. If the type forbids null, it is PROPAGATED instead, and the
nearest parent that may be null becomes null (GraphQL specification, 6.4.4).

To read the code, begin with `ObjectPlan.complete`, then `fields.BatchedField.column`, then `completion.Nullable`. The
compiler comes last: it only chooses which of these classes stands for a field and its type.

graphql-core parses, validates and coerces, and executes introspection. It is also the judge of the plans:
tests/gateway/graphql/execution/plan compares the answers of both.
"""
