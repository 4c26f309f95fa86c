"""CSS and HTML for the web application, assembled like `go_code`."""

from byline.sample.dice import Dice
from byline.sample.words import FIELDS, PORTS


def stylesheet(noun: str, dice: Dice) -> list[str]:
    """Return a CSS file as pieces: one block of rules each."""
    hue = dice.randrange(360)
    gap = dice.randrange(4, 20)
    head = f":root {{\n  --{noun}-accent: hsl({hue} 60% 38%);\n  --{noun}-gap: {gap}px;\n}}\n"
    pieces = [head]
    for form in dice.sample(_CSS_FORMS, 5):
        body = form.replace("@noun", noun).replace("@n", str(dice.randrange(4, 40)))
        pieces.append(body.replace("@w", str(dice.randrange(480, 1200))))
    return pieces


_CSS_FORMS = (
    """
.@noun-list {
  display: grid;
  grid-template-columns: repeat(auto-fill, minmax(@n0px, 1fr));
  gap: var(--@noun-gap);
}
""",
    """
.@noun-card {
  padding: @npx;
  border: 1px solid color-mix(in srgb, var(--@noun-accent) @n%, white);
  border-radius: @npx;
}

.@noun-card:focus-within {
  outline: 2px solid var(--@noun-accent);
}
""",
    """
@media (max-width: @wpx) {
  .@noun-table td:nth-child(n + 3) {
    display: none;
  }

  .@noun-filter {
    flex-direction: column;
  }
}
""",
    """
.@noun-table {
  width: 100%;
  border-collapse: collapse;
  font-variant-numeric: tabular-nums;
}

.@noun-table tr.is-low td {
  color: var(--@noun-accent);
  font-weight: 600;
}
""",
    """
.@noun-badge::after {
  content: attr(data-count);
  margin-inline-start: @npx;
  padding: 0 @npx;
  background: var(--@noun-accent);
  color: white;
}
""",
    """
@keyframes @noun-arrive {
  from {
    transform: translateY(@npx);
    opacity: 0;
  }
}

.@noun-new {
  animation: @noun-arrive @n0ms ease-out;
}

@media (prefers-reduced-motion: reduce) {
  .@noun-new {
    animation: none;
  }
}
""",
)


def page(noun: str, dice: Dice) -> list[str]:
    """Return an HTML page as one piece."""
    first, second, third = dice.sample(FIELDS, 3)
    cells = "".join(f'\n          <th scope="col">{field}</th>' for field in (first, second, third))
    return [
        f"""\
<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>{noun.capitalize()}s in {dice.pick(PORTS)} | Harbour</title>
    <link rel="stylesheet" href="/styles/{noun}.css">
  </head>
  <body>
    <main class="{noun}-list">
      <form class="{noun}-filter" method="get">
        <label for="least">{first} at least</label>
        <input id="least" name="{first}" type="number" min="0" step="{dice.randrange(1, 9)}">
        <button>Show</button>
      </form>
      <table class="{noun}-table">
        <thead><tr>{cells}
        </tr></thead>
        <tbody data-source="/api/{noun}?sort={second}"></tbody>
      </table>
    </main>
    <script type="module" src="/scripts/{noun}.js"></script>
  </body>
</html>
"""
    ]
