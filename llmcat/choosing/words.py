"""The words of a text that someone typed, and the FTS5 expression that stands for them.

Blanks, dots and dashes between letters and digits do not count: `gpt4o` also finds `gpt-4o`,
`qwen 3` finds `qwen3`, `gpt35` finds `gpt-3.5`.

Any text is safe: it reaches FTS5 word by word, each in quotes, without any sign that could end them.
"""

from __future__ import annotations

from itertools import groupby

DESCRIBING = "description"
"""The column of models_fts that speaks of a model and does not name it."""

MAX_TEXT = 1_000  # characters that are looked at
MAX_WORDS = 12  # words that are looked for
MAX_WORD = 60  # characters of a word
MAX_SEAMS = 3  # places where a word may come apart
WHOLE_WORD = 3  # letters behind a digit that are a word: o3mini, but not 70b or 4o

DIGITS = "0123456789"
BINDING = "."
SEPARATORS = str.maketrans(
    {sign: " " for sign in map(chr, range(128)) if not sign.isalnum() and sign != BINDING}
)


def match(text: str, *, named: bool = False, provider: str | None = None) -> str:
    """The FTS5 expression for `text`, to be bound to `models_fts MATCH ?`; empty without a word.

    Every word must begin a word of the model. With `named` the description is not looked at.
    `provider` narrows to providers whose ids have these words: compare the column as well.
    """
    words = split(text)
    if not words:
        return ""
    neighbours = zip(["", *words], words, [*words[1:], ""])
    every = " AND ".join(f"({_any_form(*three)})" for three in neighbours)
    if named:
        every = f"- {DESCRIBING} : ({every})"
    if provider and (parts := split(provider)):
        every = f'(provider : "{" ".join(parts)}") AND ({every})'
    return every


def _any_form(before: str, word: str, after: str) -> str:
    """A word as it was typed, or as ids may spell it, alone or with a neighbour."""
    forms = [*spellings(word), *_joined(before, word), *_joined(word, after)]
    # a version number, 3.3, is whole when more follows; to begin with 3 is costly to look for
    whole = after and " " in word and word[-1] in DIGITS
    return " OR ".join(f'"{form}"' if whole else f'"{form}"*' for form in forms)


def split(text: str) -> list[str]:
    """The words of a text, lower case; what a dot binds is one word with a blank in it: `4 5`."""
    words = []
    for word in plain(text).translate(SEPARATORS).split():
        if parts := word[:MAX_WORD].replace(BINDING, " ").split():
            words.append(" ".join(parts))
    return words[:MAX_WORDS]


def split_apart(text: str) -> list[str]:
    """The smallest parts of a text: `gpt-3.5 turbo` and `gpt35turbo` are gpt, 3, 5, turbo."""
    return " ".join(spellings(word)[-1] for word in split(text)).split()


def spellings(word: str) -> list[str]:
    """How ids may spell a word: `gpt35` is also `gpt3 5`, `gpt 35` and, last, `gpt 3 5`."""
    forms = [word]
    for at in reversed(_seams(word)[:MAX_SEAMS]):
        forms += [f"{form[:at]} {form[at:]}" for form in forms]
    return forms


def _seams(word: str) -> list[int]:
    """Where a word may come apart: gpt|4o, o3|mini, and between two digits, gpt3|5; not 70b."""
    seams = []
    start = 0
    runs = ["".join(run) for _, run in groupby(word, _kind)]
    for before, run, after in zip(["", *runs], runs, [*runs[1:], ""]):
        digits = run[0] in DIGITS
        if before.strip() and run.strip() and (digits or len(run) >= WHOLE_WORD):
            seams.append(start)
        if digits and len(run) == 2 and (not after.strip() or len(after) >= WHOLE_WORD):
            seams.append(start + 1)
        start += len(run)
    return seams


def _kind(sign: str) -> str:
    return "digit" if sign in DIGITS else "blank" if sign == " " else "letter"


def _joined(first: str, second: str) -> list[str]:
    """Two neighbours as one word, `qwen 3` as `qwen3`; numbers stay apart."""
    if not first or not second or (first[-1] in DIGITS and second[0] in DIGITS):
        return []
    return [first + second]


def plain(text: str) -> str:
    """Lower case, cut at MAX_TEXT; beyond ASCII only letters and digits stay, in their usual form."""
    text = text[:MAX_TEXT].replace("\0", " ").lower()
    if text.isascii():
        return text
    from unicodedata import normalize

    usual = normalize("NFKC", text)
    return "".join(c if c.isascii() or c.isalnum() else " " for c in usual).replace("\0", " ")
