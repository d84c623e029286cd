"""The tables as SQLAlchemy describes them, for Alembic."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)
from sqlalchemy.types import TypeEngine

from gateway.storage import schema
from gateway.storage.schema import Kind
from gateway.storage.tables import TABLES

_TYPES: dict[Kind, TypeEngine[Any]] = {
    Kind.TEXT: Text().with_variant(Text(collation="C"), "postgresql"),
    Kind.INTEGER: Integer(),
    Kind.BIG_INTEGER: BigInteger(),
    Kind.ROW_NUMBER: BigInteger().with_variant(Integer(), "sqlite"),
    Kind.BOOLEAN: Boolean(),
    Kind.BYTES: LargeBinary(),
}


def _column(described: schema.Column) -> Column[Any]:
    references = () if described.references is None else (ForeignKey(described.references),)
    return Column(
        described.name,
        _TYPES[described.kind],
        *references,
        primary_key=described.is_key,
        nullable=described.is_nullable,
        unique=described.is_unique or None,
        server_default=described.default,
        autoincrement=described.kind is Kind.ROW_NUMBER,
    )


def _index(described: schema.Index) -> Index:
    where = None if described.where is None else text(described.where)
    return Index(
        described.name,
        *described.columns,
        unique=described.is_unique,
        sqlite_where=where,
        postgresql_where=where,
    )


def _add(metadata: MetaData, described: schema.Table) -> None:
    numbered = any(column.kind is Kind.ROW_NUMBER for column in described.c)
    Table(
        described.name,
        metadata,
        *map(_column, described.c),
        *map(_index, described.indexes),
        sqlite_autoincrement=numbered,
    )


metadata = MetaData()
for _table in TABLES:
    _add(metadata, _table)
