"""Names of students: as they are in the world, and as keys that nbgrader, a file system and a pattern can live with."""

from __future__ import annotations

import unicodedata

# A key names a folder, stands in an address, and is matched by nbgrader as a pattern, in which * ? [ ] mean something.
_PLAIN = frozenset(" .,@+'()_-&~#=\u2019")
_LONGEST_KEY_BYTES = 200  # file systems allow 255, and a suffix may follow


def key(name: str) -> str:
    """A student's name as nbgrader has it: letters, marks and digits of any script stay, the rest is written as %XX.

    A name whose bytes are no UTF-8 comes with surrogates, as from os.listdir, and goes the same way.
    """
    parts = []
    for number, letter in enumerate(name):
        first = number == 0 and letter in "-.+=~#"  # an option, a hidden file, a formula
        last = number == len(name) - 1 and letter in " ."
        kept = unicodedata.category(letter)[0] in "LMN" or letter in _PLAIN
        parts.append(letter if kept and not first and not last else _escaped(letter))
    text = "".join(parts)
    if len(text.encode()) <= _LONGEST_KEY_BYTES:
        return text
    return "".join(map(_escaped, name))[: _LONGEST_KEY_BYTES - 20] + f"%{abs(hash_of(name)):016x}"


def hash_of(name: str) -> int:
    """The same number for the same name in every process."""
    import zlib

    data = name.encode(errors="surrogateescape")
    return zlib.crc32(data) << 32 | zlib.adler32(data)


def shown(name: str) -> str:
    """A name as a table can hold it: bytes that are no UTF-8, and characters that steer a terminal, are escaped."""
    text = name.encode(errors="surrogateescape").decode(errors="backslashreplace")
    return "".join(c if unicodedata.category(c) not in {"Cc", "Cs"} else f"\\x{ord(c):02x}" for c in text)


def _escaped(letter: str) -> str:
    return "".join(f"%{byte:02X}" for byte in letter.encode(errors="surrogateescape"))
