"""What a write did to an entity."""

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Change(Generic[T]):
    """`entity` as it is stored now; `is_new` where there was none before."""

    entity: T
    is_new: bool
