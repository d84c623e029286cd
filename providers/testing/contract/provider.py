"""All parts of the contract in one class."""

from providers.testing.contract.contact import ContactContract
from providers.testing.contract.digest import DigestContract
from providers.testing.contract.failure import FailureContract
from providers.testing.contract.lifecycle import LifecycleContract
from providers.testing.contract.meeting import MeetingContract
from providers.testing.contract.message import MessageContract
from providers.testing.contract.recovery import RecoveryContract
from providers.testing.contract.token import TokenContract


class ProviderContract(
    LifecycleContract,
    MeetingContract,
    ContactContract,
    MessageContract,
    DigestContract,
    RecoveryContract,
    FailureContract,
    TokenContract,
):
    """The whole contract. A plug-in's test class inherits it and defines a fixture `harness`."""
