"""HTTP client of the plug-ins: timeouts, retries, bulkhead, circuit breaker."""

from providers.http.answer import Answer
from providers.http.breaker import Circuit
from providers.http.client import HttpClient
from providers.http.clock import MAX_SKEW, HostClock
from providers.http.instrumentation import Watch
from providers.http.limits import Timeouts, Traffic
from providers.http.settings import HttpSettings

__all__ = ["MAX_SKEW", "Answer", "Circuit", "HostClock", "HttpClient", "HttpSettings", "Timeouts", "Traffic", "Watch"]
