"""Numbers, words and texts that are hard to take, for the mutations to put where others were."""

from typing import Any

INTEGERS = (0, 1, -1, 2, 127, 128, 255, 256, 1 << 15, (1 << 16) - 1, 1 << 20, (1 << 31) - 1, 1 << 31, (1 << 32) - 1)
WIDE = (*INTEGERS, 1 << 40, (1 << 53) + 1, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)
FLOATS = tuple(
    map(
        float,
        ("nan", "inf", "-inf", "0", "-0.0", "1e-45", "1e-30", "1", "-1", "65535", "1e9", "-1e9", "1e19", "3.4e38"),
    )
)
WORDS = (
    *("", "nan", ".nan", "inf", "-.inf", "-inf", "1e999", "-1", "0", "-0.0", "1e308", "1e-320", "1e19", "2147483648"),
    *(
        "9" * 40,
        "9" * 5000,
        "0x",
        "0b_",
        "1:99",
        "true",
        "null",
        "~",
        "[]",
        "{}",
        "''",
        "[1, [2]]",
        "{a: 1}",
        "=",
        "<<",
    ),
    *("2001-99-99", "!!int x", "!!float x", "!!bool x", "!!timestamp x", "!!binary x", "!!set {a, b}", "!!omap [1]"),
    *("!!python/object/apply:os.system [id]", "!!python/name:os.system", "&a [*a]", "*a", "? [a]\n: b", "- - - 1"),
    *('"\\ud800"', '"\\u0000"', "\x00", "\x1b[31m", "\u0663", "\u00b2", "\u2028", "\ud7ff", "\ufeff", "a" * 300),
    *("../../../../etc/passwd", "/etc/passwd", "..", ".", "/dev/zero", "~root", "C:\\x", "a\\..\\..\\b", "%s%n", "1,2"),
)
VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        0,
        -1,
        1,
        10**30,
        -(10**30),
        2**63,
        0.5,
        1e308,
        -1e308,
        1e-320,
        "",
        "x",
        "\u0000",
        "../../x",
        "/etc/passwd",
    ),
    *([], [[]], {}, {"": None}, [None], [0] * 5000, ["a" * 2000], "9" * 400, float("nan"), float("inf"), "\x1b[31m"),
)
LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
TEXTS = (
    *("[" * 3000, "{a: " * 3000, '{"a":' * 3000, '{"a":' * 100_000, "[" * 100_000 + "]" * 100_000, "- " * 3000),
    *(
        LAUGHS,
        "&a [*a]",
        "&a {k: *a}",
        "%YAML 9.9\n---\n",
        "--- 1\n--- 2\n",
        "\t",
        "!!python/object/new:os.system [id]",
    ),
    *(
        "null",
        "1",
        '"text"',
        "[]",
        "{}",
        "\ufeff{}",
        "nan",
        "# only a comment\n",
        "a: 1\na: 2\n",
        "{<<: [1]}",
        "x" * 100_000,
    ),
)
