"""Changes of entities, as the change feed has them."""

from enum import Enum


class ChangeKind(Enum):
    """The kind of a change of an entity.

    ADDED    it is stored for the first time
    CHANGED  an attribute has changed, or something that belongs to it
    REMOVED  it is no longer stored, since its provider no longer lists it
    """

    ADDED = "ADDED"
    CHANGED = "CHANGED"
    REMOVED = "REMOVED"


class ChangedType(Enum):
    """The types of entities that have changes in the feed."""

    ACCOUNT = "ACCOUNT"
    MEETING = "MEETING"
    CONTACT = "CONTACT"
    CONVERSATION = "CONVERSATION"
    MESSAGE = "MESSAGE"
