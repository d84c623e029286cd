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


def test_one_failure_less_than_it_takes_leaves_it_closed(breaker: Breaker) -> None:
    fail(breaker, FAILURES - 1)
    assert (state(breaker), breaker.is_failing) == ("closed", True)


def test_failures_in_a_row_open_it(breaker: Breaker, clock: Clock) -> None:
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


def test_when_it_has_cooled_down_one_call_is_let_through(breaker: Breaker, clock: Clock) -> None:
    probe(breaker, clock)
    assert (state(breaker), breaker.admit()) == ("half_open", None)


def test_the_probes_success_closes_it(breaker: Breaker, clock: Clock) -> None:
    breaker.succeeded(probe(breaker, clock))
    assert (state(breaker), breaker.is_failing) == ("closed", False)
    fail(breaker, FAILURES - 1)
    assert state(breaker) == "closed"


def test_the_probes_failure_opens_it_for_as_long_again(breaker: Breaker, clock: Clock) -> None:
    breaker.failed(probe(breaker, clock))
    assert (state(breaker), breaker.seconds_left()) == ("open", COOL_DOWN)


def test_a_probe_that_is_withdrawn_makes_room_for_another(breaker: Breaker, clock: Clock) -> None:
    breaker.withdrawn(probe(breaker, clock))
    assert state(breaker) == "half_open"
    admitted(breaker)
    assert breaker.admit() is None


def test_a_call_that_is_withdrawn_counts_for_nothing(breaker: Breaker) -> None:
    fail(breaker, FAILURES - 1)
    breaker.withdrawn(admitted(breaker))
    assert state(breaker) == "closed"
    fail(breaker, 1)
    assert state(breaker) == "open"


def test_how_calls_of_before_it_opened_end_decides_nothing(breaker: Breaker, clock: Clock) -> None:
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
