"""Health check for the operator: client key, address and availability of Medixcel Connect."""

from datetime import datetime

from providers.api import CorrectInput, ProviderError
from providers.medixcel.client import MedixcelClient
from providers.medixcel.errors import UnexpectedAnswer
from providers.medixcel.ist import IST


async def faults(client: MedixcelClient, base_url: str, now: datetime) -> list[str]:
    """Return what is wrong; empty if nothing is. List today's meetings (M3), which changes nothing upstream."""
    try:
        await client.meetings_for_date(now.astimezone(IST).date())
    except CorrectInput as error:
        return [f"The client key is not accepted. {error.message}"]
    except UnexpectedAnswer as error:
        return [f"{base_url} does not answer as Medixcel Connect: is base_url right? {error.message}"]
    except ProviderError as error:
        return [f"Medixcel Connect at {base_url} is out of order or can't be reached. {error.message}"]
    return []
