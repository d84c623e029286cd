"""Mail addresses: what people write, and the one form of it."""


def normalized(address: str) -> str | None:
    """`address` in normal form; None where it is none. No mail server is asked."""
    # The library costs as much to import as a hundred of its calls, and a gateway that only reads needs none.
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415

    try:
        return validate_email(address, check_deliverability=False).normalized
    except EmailNotValidError:
        return None
