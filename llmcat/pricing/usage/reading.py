"""Reads a usage by the row of its shape: counts, what no meter bills, and how the call was served.

reading = read({"input_tokens": 10, "output_tokens": 5, "speed": "fast"})
reading.usage            # Usage(input_tokens=10, output_tokens=5)
reading.served           # {"speed": "fast"}
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from llmcat.errors import UsageError
from llmcat.pricing.counts import (
    COUNT_OF,
    FRACTIONAL,
    MOST_TOKENS,
    PARTS,
    Units,
    Usage,
    number,
    usage_of,
)
from llmcat.pricing.usage.all_shapes import SHAPES
from llmcat.pricing.usage.fields import amount, fields_of, is_number, is_unset, items_of
from llmcat.pricing.usage.shape import Shape, tree

WRAPPERS = ("usage", "usageMetadata", "usage_metadata")
"""Where whole answers keep their usage; only named to say so."""

KEPT_SHAPES = 4_096
SIDE_OF = {part: whole for whole in ("input", "output") for part in PARTS[whole]}
SLOTS = {f"+{word}": word for word in (*SIDE_OF, "written")}
"""A part beside its whole is counted like one within it, until the parts are put together."""

MODALITIES = {
    "input[]": {
        "AUDIO": "all_audio",
        "IMAGE": "all_image",
        "VIDEO": "all_video",
        "DOCUMENT": "all_image",
    },
    "tool[]": {
        "AUDIO": "all_audio",
        "IMAGE": "all_image",
        "VIDEO": "all_video",
        "DOCUMENT": "all_image",
    },
    "cached[]": {
        "AUDIO": "cache_read_audio",
        "IMAGE": "cache_read_image",
        "DOCUMENT": "cache_read_image",
        "VIDEO": "cached_video",
    },
    "output[]": {"AUDIO": "output_audio", "IMAGE": "output_image", "VIDEO": "output_video"},
}
"""Modality -> what its tokens are; TEXT is the rest. Google counts a page of a document as an image."""

CHARGED = {"$": Decimal(1), "$ticks": Decimal("1e-10")}
"""Words for an amount that was charged -> USD; xAI's tick is a ten-billionth."""

_shape_of_keys: dict[tuple[str, ...], Shape] = {}


class Step(NamedTuple):
    """What is done with one key of a usage: `word` of the rules (None: no rule knows it) or the rules
    `below` it. A plain whole number is counted in `slot`; None: the word takes more than that."""

    key: str
    path: str
    word: str | None
    slot: str | None
    below: Table | None


class Table:
    """The rules of one table in a usage. Logs hold the same few sets of keys again and again: the steps
    for each are found once."""

    def __init__(self, rules: Mapping[str, Any], path: str = "") -> None:
        self._path = path
        self._words = {
            key: Table(word, f"{path}{key}.") if type(word) is dict else word
            for key, word in rules.items()
        }
        self._steps: dict[tuple[str, ...], list[Step]] = {}

    def knows(self, key: str) -> bool:
        """Whether a rule names the key."""
        return key in self._words

    def steps(self, keys: tuple[str, ...]) -> list[Step]:
        """What is done with each of these keys, those left out that count nothing."""
        known = self._steps.get(keys)
        if known is None:
            if len(self._steps) >= KEPT_SHAPES:
                self._steps.clear()
            known = self._steps[keys] = [*filter(None, map(self._step, keys))]
        return known

    def _step(self, key: str) -> Step | None:
        word = self._words.get(key)
        if word is None:
            word = self._words.get("*")
        path = self._path[:-1] if key == "" else f"{self._path}{key}"
        if word is None or isinstance(word, Table):
            return Step(key, path, None, None, word)
        slot = None if word[0] in "@$~" else SLOTS.get(word, word)
        return None if word == "-" else Step(key, path, word, slot, None)


TABLES = {shape.name: Table(tree(shape.rules)) for shape in SHAPES}


class Reading:
    """What stands in one usage.

    `counts` by meter and word of the rules; `unbilled` what no rule knows, by path; `keys` the path
    under which a count stands; `served` how the call was served; `charged` what the response itself
    says that it cost, in USD; `notes` what had to be assumed, in sentences.
    """

    __slots__ = ("charged", "counts", "keys", "notes", "served", "shape", "unbilled")

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.counts: dict[str, Units] = {}
        self.unbilled: dict[str, Units] = {}
        self.keys: dict[str, str] = {}
        self.served: dict[str, str] = {}
        self.charged: Decimal | None = None
        self.notes: list[str] = []

    @property
    def usage(self) -> Usage:
        """The counts as cost() takes them."""
        return usage_of(self.counts)

    def add(self, meter: str, count: Units) -> None:
        """Count more at a meter."""
        self.counts[meter] = self.counts.get(meter, 0) + count

    def move_to_whole(self, meter: str) -> None:
        """Add a part that was counted apart to its whole."""
        self.add(SIDE_OF[meter], self.counts[meter])


def read_usage(usage: Mapping[str, Any] | object) -> Usage:
    """The counts in `usage`, the usage part of an API's answer: a mapping or an SDK's object.

    Raises UsageError for an unknown shape, for one in which nothing is known, and for counts that are
    not whole numbers from 0 up.
    """
    return read(usage).usage


def read(usage: Mapping[str, Any] | object) -> Reading:
    """All that stands in a usage; read_usage() with what is left over and how the call was served."""
    body = usage if type(usage) is dict else fields_of(usage)
    names = tuple(body)
    reading = Reading(_shape_of_keys.get(names) or shape_of(usage, body))
    take(reading, body, TABLES[reading.shape.name], names)
    put_together(reading, body)
    return reading


def shape_of(usage: object, body: Mapping[str, Any]) -> Shape:
    """The shape of a usage, which has the fields `body`. Raises UsageError for one of no known shape."""
    if len(_shape_of_keys) >= KEPT_SHAPES:
        _shape_of_keys.clear()
    shape = _shape_of_keys[tuple(body)] = _look_up_shape(usage, body)
    return shape


def _look_up_shape(usage: object, body: Mapping[str, Any]) -> Shape:
    for wrapper in WRAPPERS:
        if fields_of(body.get(wrapper)):
            raise UsageError(f"this is a whole answer, not its usage; pass its {wrapper!r}")
    for shape in SHAPES:
        if shape.fits(body):
            return shape
    seen = ", ".join(map(repr, body)) or ("empty" if usage == {} else type(usage).__name__)
    raise UsageError(
        f"no usage of a known shape ({seen[:200]}); give the usage of an answer as the API, SDK or"
        " gateway returned it, or count yourself with Usage(input_tokens=…)"
    )


def take(reading: Reading, body: Mapping[str, Any], table: Table, names: tuple[str, ...]) -> None:
    """Read what the rules know of `body`, whose keys are `names`; numbers that they do not know are
    unbilled."""
    counts = reading.counts
    for key, path, word, slot, below in table.steps(names):
        value = body[key]
        if value is None:
            continue
        if slot is not None and type(value) is int and 0 <= value <= MOST_TOKENS:
            if value > counts.get(slot, -1):
                counts[slot] = value
                reading.keys[slot] = path
        elif below is not None:
            if type(value) is dict:
                take(reading, value, below, tuple(value))
            else:
                _take_below(reading, value, below, path)
        elif word is None:
            _keep_unbilled(reading, value, path)
        else:
            _take_other(reading, value, word, path)


def _take_below(reading: Reading, value: object, table: Table, path: str) -> None:
    if is_number(value) and table.knows(""):
        take(reading, {"": value}, table, ("",))
    elif is_number(value) or isinstance(value, str):
        raise UsageError(f"{path} is {value!r}; there should be counts in it")
    elif (items := items_of(value)) is not None:
        for fields in map(fields_of, items):
            take(reading, fields, table, tuple(fields))
    else:
        fields = fields_of(value)
        take(reading, fields, table, tuple(fields))


def _take_other(reading: Reading, value: Any, word: str, path: str) -> None:
    """Anything but an int: how it was served, an amount, a list by modality, a number as float."""
    if is_unset(value):
        return
    if word == "~":
        if count := number(value, path):
            reading.notes.append(
                f"{path} ({count:,}) has no price of its own: billed with the rest"
            )
    elif word in CHARGED:
        charged = amount(value)
        reading.charged = charged if charged is None else charged * CHARGED[word]
    elif word[0] == "@":
        text = getattr(value, "value", value)
        reading.served[word[1:]] = text if isinstance(text, str) else str(value).lower()
    elif word.endswith("[]"):
        _take_modalities(reading, value, word, path)
    else:
        if reading.shape.text and isinstance(value, str) and value.isdecimal():
            value = int(value)
        word = SLOTS.get(word, word)
        count = number(value, path, COUNT_OF.get(word) in FRACTIONAL)
        if count > reading.counts.get(word, -1):
            reading.counts[word] = count
            reading.keys[word] = path


def _take_modalities(reading: Reading, parts: object, word: str, path: str) -> None:
    """Google's lists of {modality, tokenCount}."""
    items = items_of(parts)
    if items is None:
        raise UsageError(f"{path} is no list of {{modality, tokenCount}}")
    for item in map(fields_of, items):
        modality = item.get("modality")
        name = str(getattr(modality, "name", modality)).upper()  # the SDK makes it an enum
        for key, value in item.items():
            if is_number(value):
                count = number(value, f"{path}.{key}")
                if meter := MODALITIES[word].get(name):
                    reading.add(meter, count)


def _keep_unbilled(reading: Reading, value: Any, path: str) -> None:
    """Numbers of which no rule knows what they count; a count of 0 is nothing to bill."""
    if is_number(value):
        if value != 0:
            reading.unbilled[path] = value if type(value) is int else Decimal(str(value))
    elif not isinstance(value, (str, bytes, bool)):
        items = items_of(value)
        named = (
            [(f"{path}.{key}", item) for key, item in fields_of(value).items()]
            if items is None
            else [(f"{path}.{place}", item) for place, item in enumerate(items)]
        )
        for name, item in named:
            _keep_unbilled(reading, item, name)


def put_together(reading: Reading, body: Mapping[str, Any]) -> None:
    """From the words of the rules to counts of meters."""
    counts = reading.counts
    if not counts.keys().isdisjoint(WRITES):
        _part_writes(counts)
    for meter in BESIDE[reading.shape.name]:
        if meter in counts:
            reading.move_to_whole(meter)
    if reading.shape.finish:
        reading.shape.finish(reading, body)
    for word in ("+input", "+output"):
        if word in counts:
            reading.add(word[1:], counts.pop(word))
    if any(map(counts.get, MEDIA)):
        _part_media(counts)
    if counts.keys().isdisjoint(COUNT_OF):
        raise UsageError(f"no count is known that has a price: {_listed(reading, body)}")


def _listed(reading: Reading, body: Mapping[str, Any]) -> str:
    """What stands in a usage in which nothing can be billed."""
    found = {reading.keys.get(word, word): n for word, n in reading.counts.items()}
    numbers = {**found, **reading.unbilled}
    named = [f"{key} ({count:,})" for key, count in numbers.items()] or [*map(str, body)]
    return ", ".join(named)[:200]


def _beside(shape: Shape) -> tuple[str, ...]:
    words = [word[1:] for word in shape.rules.values() if word[0] == "+"]
    meters = [("cache_write", "cache_write_1h") if w == "written" else (w,) for w in words]
    return tuple(dict.fromkeys(m for several in meters for m in several if m in SIDE_OF))


BESIDE = {shape.name: _beside(shape) for shape in SHAPES}
"""Shape -> the parts that stand beside their whole."""

WRITES = ("written", "write_5m")
MEDIA = {
    "all_audio": ("input_audio", "cache_read_audio"),
    "all_image": ("input_image", "cache_read_image"),
    "all_video": ("input_video", "cached_video"),
}
"""All of one kind in the input -> what did not come from the cache, and what did."""


def _part_writes(counts: dict[str, Units]) -> None:
    """All that was written is what was written for minutes and what was for an hour."""
    for_an_hour = counts.get("cache_write_1h", 0)
    written = max(counts.pop("written", 0), counts.pop("write_5m", 0) + for_an_hour)
    counts["cache_write"] = written - for_an_hour


def _part_media(counts: dict[str, Units]) -> None:
    """Audio, images and video of the input that did not come from the cache.

    Where it is not said what was cached, media count as not cached, unless the input is too short
    for both.
    """
    room = counts.get("input", 0)
    for part in PARTS["input"]:
        room -= counts.get(part, 0)
    for word, (fresh, cached) in MEDIA.items():
        if word in counts:
            rest = min(counts.pop(word) - counts.get(cached, 0), room)
            if rest > 0:
                counts[fresh] = rest
                room -= rest
