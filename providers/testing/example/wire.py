"""Example's JSON, as its API documents it. Unknown fields are ignored."""

from pydantic import AwareDatetime, BaseModel, TypeAdapter


class Number(BaseModel):
    id: str
    number: str


class Contact(BaseModel):
    id: str
    number: str
    first_name: str | None = None
    last_name: str | None = None
    created_at: AwareDatetime


NUMBERS = TypeAdapter(list[Number])
CONTACT = TypeAdapter(Contact)
CONTACTS = TypeAdapter(list[Contact])
