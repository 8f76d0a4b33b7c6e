"""What all shapes on the wire share."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Json = Any
"""Any JSON value."""


def plain_text(value: str) -> str:
    """A text that every store and page can hold: no NUL, no control letters but tab and newline, no lone surrogates."""
    for letter in value:
        number = ord(letter)
        if (number < 32 and letter not in "\t\n\r") or number == 127 or 0xD800 <= number <= 0xDFFF:
            raise ValueError(f"contains a character that is not text (U+{number:04X})")
    return value


Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(plain_text)]
Text = Annotated[str, Field(max_length=20_000), AfterValidator(plain_text)]
Id = Annotated[str, Field(pattern=r"^[a-z]{2,4}_[0-9a-z]{20}$")]
Timestamp = Annotated[float, Field(description="Seconds since 1970-01-01 UTC.")]


class Request(BaseModel):
    """What a client sends: unknown keys are refused, types are not guessed."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Response(BaseModel):
    """What the server answers."""

    model_config = ConfigDict(from_attributes=True)


class Page(Response):
    """A page of a list; `next` is the `after` of the following one, None at the end."""

    next: str | None = None
