"""The points of edwards25519 (RFC 8032 section 5.1), as far as a VRF needs them.

A point is (X, Y, Z, T) in extended coordinates: x = X/Z, y = Y/Z, xy = T/Z. Invariants: a point
comes from its one canonical encoding of 32 bytes or from sums of such. Nothing here takes constant
time; use it where nobody can time the holder of the secret.

Formulas: Hisil, Wong, Carter, Dawson, "Twisted Edwards Curves Revisited",
https://eprint.iacr.org/2008/522
"""

from functools import lru_cache

from byline.proof.errors import MalformedError

Point = tuple[int, int, int, int]

FIELD = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
"""Of the group that the base point generates; the whole curve has eight times as many points."""
POINT_SIZE = 32
IDENTITY: Point = (0, 1, 1, 0)

_D = -121665 * pow(121666, -1, FIELD) % FIELD
_2D = 2 * _D % FIELD
_ROOT_OF_MINUS_ONE = pow(2, (FIELD - 1) // 4, FIELD)
_BASE = bytes.fromhex("58" + "66" * 31)
_WINDOW = 5
_BASE_WINDOW = 4


def decode(encoded: bytes) -> Point:
    """Return the point that 32 bytes encode (RFC 8032 section 5.1.3).

    Raises MalformedError for another length, a coordinate not below the field's size, or no point.
    """
    if len(encoded) != POINT_SIZE:
        raise MalformedError(f"point: expected {POINT_SIZE} bytes, got {len(encoded)}")
    number = int.from_bytes(encoded, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if y >= FIELD:
        raise MalformedError(f"point: expected a coordinate below 2**255 - 19, got {y:#x}")
    x = _x_of(y)
    if x is None or (x == 0 and sign):
        raise MalformedError(f"point: no point is encoded by {encoded.hex()}")
    if x & 1 != sign:
        x = FIELD - x
    return x, y, 1, x * y % FIELD


def encode(point: Point) -> bytes:
    """Return the 32 bytes of a point (RFC 8032 section 5.1.2)."""
    inverse = pow(point[2], -1, FIELD)
    x, y = point[0] * inverse % FIELD, point[1] * inverse % FIELD
    return (y | (x & 1) << 255).to_bytes(POINT_SIZE, "little")


def equal(first: Point, second: Point) -> bool:
    """Whether two points are the same."""
    return (first[0] * second[2] - second[0] * first[2]) % FIELD == 0 and (
        first[1] * second[2] - second[1] * first[2]
    ) % FIELD == 0


def add(first: Point, second: Point) -> Point:
    """Return the sum of two points, which may be equal."""
    x1, y1, z1, t1 = first
    x2, y2, z2, t2 = second
    a = (y1 - x1) * (y2 - x2) % FIELD
    b = (y1 + x1) * (y2 + x2) % FIELD
    c = t1 * _2D % FIELD * t2 % FIELD
    d = 2 * z1 * z2 % FIELD
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % FIELD, g * h % FIELD, f * g % FIELD, e * h % FIELD


def negative(point: Point) -> Point:
    """Return the point that adds up to the identity with this one."""
    x, y, z, t = point
    return -x, y, z, -t


def times_eight(point: Point) -> Point:
    """Return the point times the cofactor, which has no part of small order."""
    return _double(_double(_double(point)))


def multiply(scalar: int, point: Point) -> Point:
    """Return a point times a number from 0, in signed windows of five bits."""
    digits = _signed_digits(scalar)
    odd = _odd_multiples(point, 1 << (_WINDOW - 2))
    result = IDENTITY
    for digit in reversed(digits):
        result = _double(result)
        if digit > 0:
            result = add(result, odd[digit >> 1])
        elif digit < 0:
            result = add(result, negative(odd[-digit >> 1]))
    return result


def multiply_base(scalar: int) -> Point:
    """Return the base point times a number from 0 to below 2**256, from a table kept."""
    result = IDENTITY
    for row in _base_rows():
        result = add(result, row[scalar & (1 << _BASE_WINDOW) - 1])
        scalar >>= _BASE_WINDOW
    return result


def _double(point: Point) -> Point:
    x, y, z, _ = point
    a, b = x * x % FIELD, y * y % FIELD
    h = a + b
    e = h - (x + y) * (x + y) % FIELD
    g = a - b
    f = 2 * z * z % FIELD + g
    return e * f % FIELD, g * h % FIELD, f * g % FIELD, e * h % FIELD


def _x_of(y: int) -> int | None:
    """Return an x of the point with this y, or None where there is none."""
    above, below = (y * y - 1) % FIELD, (_D * y * y + 1) % FIELD
    cube = below * below % FIELD * below % FIELD
    power = pow(above * cube * cube % FIELD * below, (FIELD - 5) // 8, FIELD)
    x = above * cube % FIELD * power % FIELD
    square = below * x % FIELD * x % FIELD
    if square == above:
        return x
    return x * _ROOT_OF_MINUS_ONE % FIELD if square == FIELD - above else None


def _signed_digits(scalar: int) -> list[int]:
    """Return digits, lowest first: 0 or odd, of which no two in one window are other than 0."""
    digits = []
    while scalar:
        digit = 0
        if scalar & 1:
            digit = scalar & (1 << _WINDOW) - 1
            if digit >> (_WINDOW - 1):
                digit -= 1 << _WINDOW
            scalar -= digit
        digits.append(digit)
        scalar >>= 1
    return digits


def _odd_multiples(point: Point, count: int) -> list[Point]:
    twice, multiples = _double(point), [point]
    for _ in range(count - 1):
        multiples.append(add(multiples[-1], twice))
    return multiples


@lru_cache(maxsize=1)
def _base_rows() -> tuple[tuple[Point, ...], ...]:
    """Return for each window of four bits the base point times each of its sixteen numbers."""
    rows, start = [], decode(_BASE)
    for _ in range(256 // _BASE_WINDOW):
        row = [IDENTITY]
        for _ in range((1 << _BASE_WINDOW) - 1):
            row.append(add(row[-1], start))
        rows.append(tuple(row))
        start = add(row[-1], start)
    return tuple(rows)
