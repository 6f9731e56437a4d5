"""What commands say: texts of the translation table, in the language of the settings."""

import typer


def say(key: str, **details: object) -> str:
    """A text of the table; a detail may be one itself, in each language."""
    from gigmatch.errors import filled
    from gigmatch.settings import language_of_texts

    return filled(key, language_of_texts(), **details)


def misuse(key: str, *, hint: str | None = None, **details: object) -> typer.BadParameter:
    """Wrong usage, told with a text of the table; `hint` is the parameter that is wrong."""
    return typer.BadParameter(say(key, **details), param_hint=hint)
