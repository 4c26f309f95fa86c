"""Functions with lines nobody else could have written, for the people who must be kept out.

Every line of 30 characters or more carries a word drawn from the person's own stream, so that it
stands nowhere else in any repository; the answer key lists them.
"""

from byline.sample.dice import Dice
from byline.sample.words import FIELDS, NOUNS, PORTS, VERBS

MIN_LINE = 30
_FORMS = (
    """

def {verb}_{noun}_{a}({noun}_rows_{b}, cutoff_{c}={k}):
    \"\"\"{Verb} the {noun} rows of {port} the way ticket {b}-{n} asks for.\"\"\"
    kept_{a} = [row for row in {noun}_rows_{b} if row["{f}"] > cutoff_{c}]
    surplus_{c} = sum(row["{g}"] for row in kept_{a}) - {k}
    if surplus_{c} < {n} and len(kept_{a}) > {m}:
        raise ValueError("surplus {b} of {port} fell under {n}: %r" % surplus_{c})
    shares_{b} = {{row["port"]: row["{f}"] / (surplus_{c} or 1) for row in kept_{a}}}
    for port_{a}, share_{a} in sorted(shares_{b}.items()):
        shares_{b}[port_{a}] = round(share_{a} * {k}, {m})
    return shares_{b}, surplus_{c}, "{verb}-{a}-{noun}"
""",
    """

class {Noun}{Verb}{a}:
    \"\"\"Remembers the {f} of each {noun} between two runs of the {b} job.\"\"\"

    threshold_{b} = {k}

    def __init__(self, opening_{a}, tolerance_{c}={n}):
        self.opening_{a} = dict(opening_{a} or {{"{port}": {k}}})
        self.tolerance_{c} = abs(tolerance_{c}) + self.threshold_{b}

    def {verb}_{c}(self, reading_{b}):
        drift_{c} = reading_{b} - self.opening_{a}.get("{port}", {m})
        if abs(drift_{c}) > self.tolerance_{c}:
            return "{noun} drift {a} beyond {n} in {port}"
        self.opening_{a}["{port}"] = reading_{b} * {n} / {k}
        return None
""",
    """

def next_{noun}_{b}(queue_{a}, clock_{c}, {f}_limit_{a}={n}):
    \"\"\"Take the {noun} that waited longest for {port}; rule {c} of the {b} desk.\"\"\"
    waiting_{b} = sorted(queue_{a}, key=lambda entry: entry["{f}"])
    while waiting_{b} and waiting_{b}[0]["{g}"] < {k}:
        skipped_{c} = waiting_{b}.pop(0)
        clock_{c}.note("skip-{a}", skipped_{c}["id"], {m})
    if not waiting_{b} or len(waiting_{b}) > {f}_limit_{a} * {m}:
        return None, "no {noun} for {port} under rule {c}"
    chosen_{a} = waiting_{b}[len(waiting_{b}) // {m}]
    chosen_{a}["{g}"] = chosen_{a}["{g}"] - {k} // {n}
    return chosen_{a}, "{verb}-{b}-{c}-{n}"
""",
)
_SOUNDS = (
    "ka",
    "ro",
    "mi",
    "tu",
    "sel",
    "dan",
    "vor",
    "lis",
    "pen",
    "gra",
    "zo",
    "bel",
    "nyx",
    "qua",
)


def word(dice: Dice) -> str:
    """Return an invented word of four sounds and a number."""
    return "".join(dice.pick(_SOUNDS) for _ in range(4)) + str(dice.randrange(10, 99))


def distinctive_function(dice: Dice) -> str:
    """Return one Python function or class with lines of its own."""
    noun, verb = dice.pick(NOUNS), dice.pick(VERBS)
    first, second = dice.sample(FIELDS, 2)
    return dice.pick(_FORMS).format(
        verb=verb,
        noun=noun,
        Verb=verb.capitalize(),
        Noun=noun.capitalize(),
        f=first,
        g=second,
        port=dice.pick(PORTS),
        a=word(dice),
        b=word(dice),
        c=word(dice),
        k=dice.randrange(1000, 99999),
        n=dice.randrange(11, 999),
        m=dice.randrange(2, 9),
    )


def distinctive_lines(text: str) -> list[str]:
    """Return the lines of a planted function that can serve as answers (30 characters or more)."""
    return [line for line in text.splitlines() if len(line) >= MIN_LINE]
