"""Phone numbers, apart from `providers.api` because the metadata of their library takes 40 ms to import."""

from providers.domain.phone import HOME_REGION, e164

__all__ = ["HOME_REGION", "e164"]
