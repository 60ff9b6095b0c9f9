"""What a shape of usage is: which key counts what, and what includes what.

    Shape("DeepSeek", keys=("prompt_cache_hit_tokens",), rules={"prompt_tokens": "input", …}, …)

`rules` maps a key, or a path of keys with "/" between them, to one of these words:

| word | the number there |
|---|---|
| `input`, `output` | is a whole: it holds the parts |
| a meter, such as `cache_read` | is a part of the whole that it belongs to, or a fee |
| `+` and a meter | stands beside the whole, and is added to it |
| `+input`, `+output` | is added to the whole |
| `all_audio`, `all_image`, `all_video` | is that part of the input, cached ones included |
| `cached_video` | is that part of the cached input |
| `written` | is all that was written to the cache, whether for minutes or for an hour |
| `write_5m` | is what was written for minutes, a part of `written` |
| `total` | is the sum, to check by |
| `-` | is no count, or counts again what another key counts, or is free; so is all below it |
| `~` | is counted in another key too, but may have a price of its own: said in a sentence |
| `input[]`, `output[]`, `cached[]`, `tool[]` | is a list of {modality, count} |
| `$`, `$ticks` | is what the response itself says that it cost, in USD or xAI's ticks |
| `@tier`, `@speed`, `@geo`, `@batch`, `@size` | says how the call was served |

A path that ends in `*` speaks of all keys there that no other path names. Keys that name the same count are aliases: the largest holds. A number under a key of no rule is no
count that anybody bills: it stands in `unbilled`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from llmcat.pricing.usage.reading import Reading

Rules = Mapping[str, str]


class Shape(NamedTuple):
    """One shape. A usage is of it that has all of `keys` and, where `any_of` names some, one of those.

    `origin` says from which SDK type, recorded answer or document the rules are taken; `verified` is
    False where they are from memory. `finish` does what takes arithmetic. `text`: counts are written as
    text, as in HTTP headers.
    """

    name: str
    rules: Rules
    origin: str
    keys: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    includes: str = ""
    finish: Callable[[Reading, Mapping[str, Any]], None] | None = None
    verified: bool = True
    text: bool = False

    def fits(self, names: Mapping[str, Any] | frozenset[str]) -> bool:
        """Whether a usage with keys of these names is of this shape."""
        return all(key in names for key in self.keys) and (
            not self.any_of or any(key in names for key in self.any_of)
        )


Node = Any
"""A word of the rules, or the rules below a key: dict[str, Node]."""


def tree(rules: Rules) -> dict[str, Node]:
    """The rules by nested keys: {"a/b": "input"} -> {"a": {"b": "input"}}."""
    found: dict[str, Node] = {}
    for path, word in rules.items():
        *above, last = path.split("/")
        at = found
        for key in above:
            if not isinstance(at.get(key, {}), dict):
                at[key] = {"": at[key]}  # a number there, or counts below it
            at = at.setdefault(key, {})
        at[last] = word
    return found
