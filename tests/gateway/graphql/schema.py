"""A small schema to serve: a counter that is set by mutations and followed by subscriptions."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import strawberry
from graphql import GraphQLError
from strawberry import Info
from strawberry.schema.config import StrawberryConfig

from gateway.graphql.transport.request import RequestHead
from gateway.graphql.transport.session import ConnectionParams, Session
from providers.domain.errors import Unauthenticated, Unavailable


@dataclass(slots=True)
class World:
    """State that the tests read and change. `open_subscriptions` counts subscriptions that have not ended."""

    value: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    counted: asyncio.Condition = field(default_factory=asyncio.Condition)
    open_subscriptions: int = 0
    produced: int = 0
    slow_mutation_began: asyncio.Event = field(default_factory=asyncio.Event)
    slow_mutation_may_end: asyncio.Event = field(default_factory=asyncio.Event)
    reported: list[GraphQLError] = field(default_factory=list)
    token_lifetime: timedelta | None = None
    key_revoked: bool = False
    key_service_down: bool = False

    async def set(self, value: int) -> None:
        async with self.changed:
            self.value = value
            self.changed.notify_all()

    async def until_subscriptions(self, count: int) -> None:
        async with asyncio.timeout(10), self.counted:
            await self.counted.wait_for(lambda: self.open_subscriptions == count)

    async def subscribed(self, step: int) -> None:
        self.open_subscriptions += step
        async with self.counted:
            self.counted.notify_all()


@dataclass(slots=True)
class Context:
    world: World
    user: str
    cursor: str | None = None


TestInfo = Info[Context, None]


class Unspeakable:
    pass


@strawberry.type
class Query:
    @strawberry.field
    def user(self, info: TestInfo) -> str:
        return info.context.user

    @strawberry.field
    async def value(self, info: TestInfo) -> int:
        return info.context.world.value

    @strawberry.field
    def echo(self, text: str, at: datetime | None = None) -> str:
        return text if at is None else f"{text} {at.isoformat()}"

    @strawberry.field
    def unspeakable(self) -> Unspeakable:
        """Return a value that JSON can not express."""
        return Unspeakable()

    @strawberry.field
    def broken(self) -> str:
        raise RuntimeError("hunter2")

    @strawberry.field
    def broken_or_null(self) -> str | None:
        raise RuntimeError("hunter2")


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def set_value(self, info: TestInfo, value: int) -> int:
        await info.context.world.set(value)
        return value

    @strawberry.mutation
    async def set_value_slowly(self, info: TestInfo, value: int) -> int:
        world = info.context.world
        world.slow_mutation_began.set()
        await world.slow_mutation_may_end.wait()
        await world.set(value)
        return value


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def value_changed(self, info: TestInfo) -> AsyncGenerator[int, None]:
        """Yield each new value. Ends at a negative one, fails at 13."""
        world = info.context.world
        await world.subscribed(+1)
        try:
            async with world.changed:
                while True:
                    await world.changed.wait()
                    if world.value < 0:
                        return
                    if world.value == 13:
                        raise RuntimeError("hunter2")
                    info.context.cursor = f"after-{world.value}"
                    yield world.value
        finally:
            await asyncio.shield(asyncio.create_task(world.subscribed(-1)))

    @strawberry.subscription
    async def flood(self, info: TestInfo, size: int) -> AsyncGenerator[str, None]:
        """Yield events without end."""
        world = info.context.world
        await world.subscribed(+1)
        try:
            while True:
                world.produced += 1
                yield "x" * size
                await asyncio.sleep(0)
        finally:
            await asyncio.shield(asyncio.create_task(world.subscribed(-1)))


schema = strawberry.Schema(
    Query,
    Mutation,
    Subscription,
    config=StrawberryConfig(
        scalar_map={Unspeakable: strawberry.scalar(name="Unspeakable", serialize=lambda value: value)}
    ),
)


@dataclass(frozen=True, slots=True)
class Doorman:
    """Admits every client but those with a token other than "good"."""

    world: World

    async def __call__(self, head: RequestHead, params: ConnectionParams | None) -> Session[Context]:
        shown = head.get(b"authorization") or (params or {}).get("authorization", "Bearer good")
        if self.world.key_service_down:
            raise Unavailable("Tokens can't be verified now.")
        if shown != "Bearer good":
            raise Unauthenticated("The token is not good.")
        lifetime = self.world.token_lifetime
        return Session(
            context=lambda: Context(self.world, "ada"),
            viewer="ada",
            expires_at=None if lifetime is None else datetime.now(UTC) + lifetime,
            is_good=self._is_good,
            cursor=lambda context: context.cursor,
        )

    async def _is_good(self) -> bool:
        return not self.world.key_revoked

    def format_error(self, error: GraphQLError) -> dict[str, object]:
        self.world.reported.append(error)
        if error.original_error is not None and not isinstance(error.original_error, GraphQLError):
            return {"message": "Internal error", "extensions": {"code": "INTERNAL"}}
        return {**error.formatted}

    def extensions(self, context: Context) -> dict[str, object]:
        return {} if context.cursor is None else {"cursor": context.cursor}
