from datetime import datetime, timedelta

import pytest

from gateway.mutations.validation.fields import Faults
from gateway.mutations.validation.times import GivenStart, end_time, given_start, start_time
from providers.domain.commands import Unreadable
from providers.domain.errors import InvalidInput
from tests.testkit.clock import NOON


def _start(given: str, zone: str | None = None, now: datetime = NOON) -> datetime:
    faults = Faults()
    start = start_time(faults, datetime.fromisoformat(given), zone, now)
    faults.raise_if_any()
    assert start is not None
    return start


def test_a_start_may_be_one_minute_in_the_past() -> None:
    assert _start("2030-05-06T11:59:00Z") == NOON - timedelta(minutes=1)
    with pytest.raises(InvalidInput, match="past"):
        _start("2030-05-06T11:58:59Z")


@pytest.mark.parametrize("given", ["2031-03-30T01:59:59+01:00", "2031-03-30T03:00:00+02:00", "2031-03-30T02:30:00Z"])
def test_hours_around_one_that_is_skipped_are_valid(given: str) -> None:
    assert _start(given, "Europe/Berlin") == datetime.fromisoformat(given)


@pytest.mark.parametrize(
    "given",
    [
        "2030-10-27T01:59:59+02:00",
        "2030-10-27T02:30:00+02:00",
        "2030-10-27T02:30:00+01:00",
        "2030-10-27T01:30:00Z",
        "2030-10-27T03:00:00+01:00",
    ],
)
def test_an_hour_that_occurs_twice_is_the_one_with_the_given_offset(given: str) -> None:
    assert _start(given, "Europe/Berlin") == datetime.fromisoformat(given)


def test_an_hour_that_occurs_twice_is_one_hour_without_a_zone() -> None:
    given = "2030-10-27T02:30:00+02:00"

    assert _start(given) == datetime.fromisoformat(given)


def test_a_past_hour_that_the_zone_skips_is_reported_as_skipped() -> None:
    with pytest.raises(InvalidInput, match=r"^startTime does not exist in Europe/Berlin"):
        _start("2024-03-31T02:30:00+01:00", "Europe/Berlin")


@pytest.mark.parametrize("zone", ["India Standard Time", "GMT+05:30", "Europe", "/etc", "a\0b"])
def test_a_zone_that_only_its_provider_knows_is_ignored(zone: str) -> None:
    assert _start("2030-05-07T10:00:00Z", zone) == datetime.fromisoformat("2030-05-07T10:00:00Z")


def test_a_meeting_takes_at_most_24_hours() -> None:
    faults = Faults()

    assert end_time(faults, NOON, 24 * 60, None, zone_name=None) == NOON + timedelta(hours=24)
    assert end_time(faults, NOON, None, NOON + timedelta(hours=24), zone_name=None) == NOON + timedelta(hours=24)
    faults.raise_if_any()


def test_without_a_duration_and_an_end_the_duration_is_unchanged() -> None:
    stays = timedelta(minutes=45)

    assert end_time(Faults(), NOON, None, None, zone_name=None, otherwise=stays) == NOON + stays


def _local(local: str, zone: str | None = "Europe/Berlin") -> datetime | None:
    faults = Faults()
    start = given_start(faults, GivenStart(local=datetime.fromisoformat(local), zone=zone), NOON)
    faults.raise_if_any()
    return start


@pytest.mark.parametrize(
    ("local", "zone", "start"),
    [
        ("2030-07-01T10:00", "Europe/Berlin", "2030-07-01T08:00Z"),
        ("2030-12-01T10:00", "Europe/Berlin", "2030-12-01T09:00Z"),
        ("2031-03-30T03:00", "Europe/Berlin", "2031-03-30T01:00Z"),
        ("2030-05-07T10:00", "Asia/Kolkata", "2030-05-07T04:30Z"),
        ("2030-05-07T10:00", "Etc/GMT+2", "2030-05-07T12:00Z"),
        ("2030-05-06T13:59", "Europe/Berlin", "2030-05-06T11:59Z"),
    ],
)
def test_a_local_start_is_what_clocks_in_the_zone_show(local: str, zone: str, start: str) -> None:
    assert _local(local, zone) == datetime.fromisoformat(start)


@pytest.mark.parametrize(
    ("local", "fault", "moments"),
    [
        ("2031-03-30T02:30", "does not exist", ("2031-03-30T03:30:00+02:00", "2031-03-30T01:30:00+01:00")),
        ("2030-10-27T02:30", "occurs twice", ("2030-10-27T02:30:00+02:00", "2030-10-27T02:30:00+01:00")),
    ],
)
def test_a_local_start_that_clocks_skip_or_show_twice_names_both_moments(
    local: str, fault: str, moments: tuple[str, str]
) -> None:
    with pytest.raises(InvalidInput) as raised:
        _local(local)
    assert raised.value.path == ("input", "localStartTime")
    assert raised.value.message == (
        f"localStartTime {fault} in Europe/Berlin: it can mean {moments[0]} or {moments[1]}."
    )


@pytest.mark.parametrize("local", ["2030-05-06T13:58", "2024-03-31T02:30", "0001-01-01T00:00", "1893-04-01T00:03"])
def test_a_local_start_in_the_past_is_invalid(local: str) -> None:
    with pytest.raises(InvalidInput, match=r"^localStartTime is more than one minute in the past") as raised:
        _local(local)
    assert raised.value.path == ("input", "localStartTime")


def test_a_local_start_at_the_end_of_the_calendar_is_invalid() -> None:
    with pytest.raises(InvalidInput, match="too far in the future"):
        _local("9999-12-31T23:59")


@pytest.mark.parametrize("zone", [None, "India Standard Time"])
def test_a_local_start_needs_a_zone(zone: str | None) -> None:
    with pytest.raises(InvalidInput, match=r"Give timeZone") as raised:
        _local("2030-05-07T10:00", zone)
    assert raised.value.path == ("input", "timeZone")


@pytest.mark.parametrize(
    ("given", "path"),
    [
        (GivenStart(zone="Europe/Berlin"), "startTime"),
        (GivenStart(instant=NOON, local=NOON.replace(tzinfo=None), zone="Europe/Berlin"), "localStartTime"),
        (GivenStart(local=Unreadable("has an offset."), zone="Europe/Berlin"), "localStartTime"),
    ],
)
def test_exactly_one_readable_start_is_required(given: GivenStart, path: str) -> None:
    faults = Faults()
    assert given_start(faults, given, NOON) is None
    with pytest.raises(InvalidInput) as raised:
        faults.raise_if_any()
    assert raised.value.path == ("input", path)


def test_an_unreadable_zone_is_no_second_fault_of_a_local_start() -> None:
    faults = Faults()
    start = GivenStart(local=datetime.fromisoformat("2030-05-07T10:00"), zone=Unreadable("is not a zone."))
    assert given_start(faults, start, NOON) is None
    faults.raise_if_any()
