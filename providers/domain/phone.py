"""Telephone numbers: what people write, and the E.164 form of it."""

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

HOME_REGION = "US"
"""Where a number that says no country is read as one of, unless its provider knows better (ISO 3166-1 alpha-2)."""


def e164(number: str, region: str | None) -> str | None:
    """`number` in E.164 ("+12025550123"); None where it can't be read as a number that can be texted.

    A number without a country code is read as one of `region` (ISO 3166-1 alpha-2, "US"); with None it is none. Any
    number that its country's plan has room for is one, also where nobody has been given it yet: plans change more often
    than libraries do. Letters and extensions make it none.
    """
    if any(character.isalpha() for character in number):
        return None
    try:
        parsed = phonenumbers.parse(number, region)
    except NumberParseException:
        return None
    if parsed.extension or phonenumbers.is_possible_number_with_reason(parsed) != ValidationResult.IS_POSSIBLE:
        return None
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)
