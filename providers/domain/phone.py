"""Telephone numbers and their E.164 form."""

HOME_REGION = "US"
"""Default region of numbers without a country code, unless the provider has another (ISO 3166-1 alpha-2)."""


def digits(number: str) -> str:
    """Return the decimal digits of a number, as ASCII."""
    return "".join(str(int(character)) for character in number if character.isdecimal())


def is_number(text: str, number: str, e164_form: str | None) -> bool:
    """Return whether `text` is the phone number in any notation. `e164_form` is the number's own, if it has one."""
    if text == number:
        return True
    if any(character.isalpha() for character in text) or not digits(text):
        return False
    if digits(text) in (digits(number), digits(e164_form or "")):
        return True
    return e164_form is not None and e164(text, HOME_REGION) == e164_form


def e164(number: str, region: str | None) -> str | None:
    """Return `number` in E.164 ("+12025550123"); None if it is not a number that can be texted.

    A number without a country code is one of `region` (ISO 3166-1 alpha-2, "US"), and invalid if that is None. Every
    number that its country's numbering plan allows is valid, even if its range is unassigned: plans change more often
    than the library. Letters and extensions are invalid.
    """
    # Imported with the first number: the library takes 40 ms.
    import phonenumbers  # noqa: PLC0415
    from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult  # noqa: PLC0415

    if any(character.isalpha() for character in number):
        return None
    try:
        parsed = phonenumbers.parse(number, region)
    except NumberParseException:
        return None
    if parsed.extension or phonenumbers.is_possible_number_with_reason(parsed) != ValidationResult.IS_POSSIBLE:
        return None
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)
