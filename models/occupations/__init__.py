"""Job titles as stations type them, to occupations of the national classification (2022)."""

from models.occupations.answering import Answer, answer, name_of

__all__ = ["Answer", "answer", "name_of"]
