"""Capabilities follow from method names; mypy and the contract kit check the signatures."""

from providers.api.capabilities import PROTOCOLS, Grant, MeetingScheduler, capabilities
from providers.domain.capabilities import Capability
from providers.domain.entities import MeetingService


class Scheduler:
    async def schedule_meeting(self) -> None: ...


class ByToken:
    async def connect_account(self) -> None: ...


class ByBrowser:
    def connection_request_error(self) -> None: ...

    def authorization_page(self) -> None: ...

    def finish_connection(self) -> None: ...


class Canceller:
    async def cancel_meeting(self) -> None: ...

    async def reschedule_meeting(self) -> None: ...

    async def get_meetings(self) -> None: ...


class Private(Scheduler):
    def __init__(self, *, private: bool) -> None:
        self.private_meetings = private


def test_every_capability_has_its_protocols() -> None:
    assert list(PROTOCOLS) == list(Capability)
    assert all(PROTOCOLS.values())


def test_a_provider_has_the_capabilities_that_its_methods_implement() -> None:
    assert capabilities(Scheduler()) == (Capability.SCHEDULE_MEETING,)
    assert isinstance(Scheduler(), MeetingScheduler)
    assert capabilities(object()) == ()


def test_capabilities_come_in_the_order_of_the_enum() -> None:
    assert capabilities(Canceller()) == (
        Capability.GET_MEETING,
        Capability.RESCHEDULE_MEETING,
        Capability.CANCEL_MEETING,
    )


def test_both_ways_of_connecting_are_one_capability() -> None:
    assert capabilities(ByToken()) == capabilities(ByBrowser()) == (Capability.CONNECT_ACCOUNT,)


def test_private_meetings_depend_on_settings() -> None:
    assert Capability.PRIVATE_MEETING in capabilities(Private(private=True))
    assert Capability.PRIVATE_MEETING not in capabilities(Private(private=False))


def test_the_repr_of_a_grant_contains_no_credentials() -> None:
    grant = Grant(external_id="42", service=MeetingService.ZOOM, credentials={"refresh_token": "made-up"})
    assert "made-up" not in repr(grant)
