import pytest

from providers.http.breaker import COOL_DOWN, FAILURES, Breaker


class Clock:
    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(clock)


def admitted(breaker: Breaker) -> int:
    admission = breaker.admit()
    assert admission is not None
    return admission


def fail(breaker: Breaker, times: int = FAILURES) -> None:
    for _ in range(times):
        breaker.failed(admitted(breaker))


def state(breaker: Breaker) -> str:
    return breaker.circuit.value


def probe(breaker: Breaker, clock: Clock) -> int:
    """The pass of the one call that a circuit lets through which opened, and has cooled down."""
    fail(breaker)
    clock.seconds += COOL_DOWN
    return admitted(breaker)


def test_a_closed_circuit_lets_all_calls_through(breaker: Breaker) -> None:
    assert state(breaker) == "closed"
    assert None not in [breaker.admit() for _ in range(100)]


def test_fewer_failures_than_the_threshold_leave_the_circuit_closed(breaker: Breaker) -> None:
    fail(breaker, FAILURES - 1)
    assert (state(breaker), breaker.is_failing) == ("closed", True)


def test_consecutive_failures_open_the_circuit(breaker: Breaker, clock: Clock) -> None:
    fail(breaker)
    assert (state(breaker), breaker.admit(), breaker.seconds_left()) == ("open", None, COOL_DOWN)
    clock.seconds += COOL_DOWN - 1
    assert (state(breaker), breaker.admit(), breaker.seconds_left()) == ("open", None, 1)


def test_a_success_resets_the_count_of_failures(breaker: Breaker) -> None:
    fail(breaker, FAILURES - 1)
    breaker.succeeded(admitted(breaker))
    assert not breaker.is_failing
    fail(breaker, FAILURES - 1)
    assert state(breaker) == "closed"


def test_one_probe_is_allowed_after_the_cooldown(breaker: Breaker, clock: Clock) -> None:
    probe(breaker, clock)
    assert (state(breaker), breaker.admit()) == ("half_open", None)


def test_a_successful_probe_closes_the_circuit(breaker: Breaker, clock: Clock) -> None:
    breaker.succeeded(probe(breaker, clock))
    assert (state(breaker), breaker.is_failing) == ("closed", False)
    fail(breaker, FAILURES - 1)
    assert state(breaker) == "closed"


def test_a_failed_probe_opens_the_circuit_for_the_same_time_again(breaker: Breaker, clock: Clock) -> None:
    breaker.failed(probe(breaker, clock))
    assert (state(breaker), breaker.seconds_left()) == ("open", COOL_DOWN)


def test_a_cancelled_probe_allows_another_one(breaker: Breaker, clock: Clock) -> None:
    breaker.withdrawn(probe(breaker, clock))
    assert state(breaker) == "half_open"
    admitted(breaker)
    assert breaker.admit() is None


def test_a_cancelled_call_is_not_counted(breaker: Breaker) -> None:
    fail(breaker, FAILURES - 1)
    breaker.withdrawn(admitted(breaker))
    assert state(breaker) == "closed"
    fail(breaker, 1)
    assert state(breaker) == "open"


def test_results_of_calls_begun_before_the_circuit_opened_are_ignored(breaker: Breaker, clock: Clock) -> None:
    late = [admitted(breaker) for _ in range(3)]
    fail(breaker)
    breaker.succeeded(late[0])
    assert state(breaker) == "open"
    clock.seconds += COOL_DOWN
    breaker.failed(late[1])
    assert state(breaker) == "half_open"
    admitted(breaker)
    breaker.withdrawn(late[2])
    assert breaker.admit() is None
