"""The estimator of passwords with its lists of what people choose, and ours beside them. Imported when first needed."""

from zxcvbn import zxcvbn as guess
from zxcvbn.matching import L33T_TABLE, add_frequency_lists

from webapp.services.password_words import WORDS

__all__ = ["L33T_TABLE", "guess"]

add_frequency_lists({"brazilian": WORDS})
