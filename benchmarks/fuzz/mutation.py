"""Changes to a file's bytes, drawn from one generator so that a case is known by its number alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from random import Random
from typing import Any

_NUMBERS = (0, 1, -1, 2**7, 2**15 - 1, 2**15, 2**16 - 1, 2**24, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**64 - 1)
_TOKENS = (
    b",", b";", b"\t", b'"', b"'", b"\n", b"\r", b"\r\n", b"\0", b"nan", b"inf", b"-inf", b"1e308", b"1e309", b"-1",
    b"9" * 40, b"\xef\xbb\xbf", b"\xff\xfe", b"\xc3", b"?", b"{", b"}", b"[", b"]", b"%", b"\\", b"../", b"true",
    b"null", b"@data\n", b"@attribute x real\n", b"\xff" * 4, b"\0" * 8, b"a" * 300,
)  # fmt: skip
_VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 0.5, 3, 2**31, 2**63, -(2**63), 10**30, 1e308, float("nan"), float("inf"), "", "a",
    "angry", "<b>", "\0", "../..", "x" * 300, [], {}, [0], ["a"], {"a": 1}, [[]], [None],
)  # fmt: skip


def mutated(content: bytes, rng: Random, others: Sequence[bytes] = ()) -> bytes:
    """A file with one to six changes. others: files that pieces may be taken from."""
    if rng.random() < 0.5 and content[:1] == b"{":
        return _mutated_json(content, rng)
    changed = bytearray(content)
    for _ in range(rng.randint(1, 6)):
        _change(changed, rng, others)
    return bytes(changed)


def _change(content: bytearray, rng: Random, others: Sequence[bytes]) -> None:
    # headers are short and matter most
    at = rng.randrange(min(len(content), 100) if rng.random() < 0.5 else len(content)) if content else 0
    length = rng.choice((1, 1, 2, 4, 8, rng.randint(1, 64), rng.randint(1, len(content) + 1)))
    kind = rng.randrange(9)
    if kind == 0 and content:
        content[at] ^= 1 << rng.randrange(8)
    elif kind == 1:
        content[at : at + length] = rng.randbytes(min(length, 64))
    elif kind == 2:
        size = rng.choice((1, 2, 4, 8))
        number = rng.choice(_NUMBERS) % 2 ** (8 * size)
        content[at : at + size] = number.to_bytes(size, rng.choice(("little", "big")))
    elif kind == 3:
        del content[at : at + length]
    elif kind == 4:
        content[at:at] = content[at : at + length] * rng.choice((1, 1, 2, 16))
    elif kind == 5:
        content[at : at + rng.choice((0, 0, length))] = rng.choice(_TOKENS)
    elif kind == 6:
        del content[at:]
    elif kind == 7 and others:
        other = rng.choice(others)
        start = rng.randrange(len(other) + 1)
        content[at : at + length] = other[start : start + length]
    else:
        content[at : at + length] = bytes(length)


def _mutated_json(content: bytes, rng: Random) -> bytes:
    """Values of another kind, missing, too many or under another name, in JSON that is whole."""
    root = json.loads(content)
    for _ in range(rng.randint(1, 3)):
        node, key = root, rng.choice(list(root)) if root else ""
        while (
            node
            and rng.random() < 0.7
            and isinstance(node.get(key) if isinstance(node, dict) else node[key], dict | list)
        ):
            deeper = node[key]
            if not deeper:
                break
            node, key = deeper, rng.choice(list(deeper) if isinstance(deeper, dict) else range(len(deeper)))
        kind = rng.randrange(4)
        if kind == 0 and node:
            del node[key]
        elif kind == 1 and isinstance(node, dict) and node:
            node[f"{key}_"] = node.pop(key)
        elif isinstance(node, dict) or node:
            node[key] = rng.choice(_VALUES)
    return json.dumps(root).encode()
