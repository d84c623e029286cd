from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from gateway.aio.admission import Admission, Refused, client_address
from gateway.config import Connections

LIMITS = Connections().limits


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_refusals_are_logged_once_per_burst() -> None:
    clock = Clock()
    admission = Admission(LIMITS, clock=clock)
    with capture_logs() as log:
        for seconds in (0, 1, 9, 9):  # a burst that lasts longer than the pause that ends one
            clock.now += seconds
            admission.count("total", "192.0.2.1")
        assert len(log) == 1
        clock.now += 11
        admission.count("total", "192.0.2.1")
        admission.count("descriptors", "192.0.2.1")
    assert [line["reason"] for line in log] == ["total", "total", "descriptors"]
    assert admission.refused == {"total": 5, "descriptors": 1}


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unknown", "unknown"),
    ],
)
def test_a_client_is_an_ipv4_address_or_an_ipv6_network(host: str, address: str) -> None:
    assert client_address(host) == address


def test_one_address_gets_at_most_half_of_the_connections() -> None:
    admission = Admission(replace(LIMITS, total=4, per_address=4))
    places = [admission.enter("192.0.2.1", 0) for _ in range(2)]
    with pytest.raises(Refused):
        admission.enter("192.0.2.1", 0)
    places[0].leave()
    places[0].leave()
    admission.enter("192.0.2.1", 0)
    with pytest.raises(Refused):
        admission.enter("192.0.2.1", 0)
    assert admission.open == 2


def test_a_quarter_of_few_descriptors_is_not_for_clients() -> None:
    admission = Admission(LIMITS, max_descriptors=100)
    admission.enter("192.0.2.1", 74)
    with pytest.raises(Refused) as refused:
        admission.enter("192.0.2.1", 75)
    assert (refused.value.reason, refused.value.status) == ("descriptors", 503)
