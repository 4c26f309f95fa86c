"""TypeScript and JavaScript for the web application, assembled like `go_code`."""

from byline.sample.dice import Dice
from byline.sample.words import FIELDS, PORTS, VERBS, camel


def typescript_file(noun: str, dice: Dice) -> list[str]:
    """Return a TypeScript module as pieces."""
    return _script(noun, dice, typed=True)


def javascript_file(noun: str, dice: Dice) -> list[str]:
    """Return a JavaScript module as pieces."""
    return _script(noun, dice, typed=False)


def _script(noun: str, dice: Dice, *, typed: bool) -> list[str]:
    kind = camel(noun, upper=True)
    fields = dice.sample(FIELDS, 5)
    rows = "\n".join(f"  {field}: number;" for field in fields)
    head = (
        f"export interface {kind} {{\n  id: string;\n  port: string;\n  updatedAt: string;\n"
        f"{rows}\n}}\n"
        if typed
        else f"// Helpers for the {noun} screens; no state is kept here.\n"
        f'export const {noun.upper()}_PORTS = ["{dice.pick(PORTS)}", "{dice.pick(PORTS)}"];\n'
    )
    pieces = [head]
    for verb, form in zip(dice.sample(VERBS, 7), dice.sample(_FORMS, 7), strict=True):
        body = form.replace("@Kind", kind).replace("@noun", noun).replace("@verb", verb)
        body = body.replace("@Verb", verb.capitalize()).replace("@f", dice.pick(fields))
        body = body.replace("@g", dice.pick(fields)).replace("@port", dice.pick(PORTS))
        body = body.replace("@n", str(dice.randrange(2, 120)))
        pieces.append(_typed(body, kind) if typed else _untyped(body))
    return pieces


def _typed(body: str, kind: str) -> str:
    for plain, typed in (
        ("(entries", f"(entries: readonly {kind}[]"),
        ("(entry,", f"(entry: {kind},"),
        ("(left, right): number", f"(left: {kind}, right: {kind}): number"),
        ("const problems = {}", "const problems: Record<string, string> = {}"),
        ("new Map();\n  for", f"new Map<string, {kind}[]>();\n  for"),
        (
            "Cache {\n",
            f"Cache {{\n  private limit: number;\n  private entries: Map<string, {kind}>;\n\n",
        ),
    ):
        body = body.replace(plain, typed)
    return body


def _untyped(body: str) -> str:
    for note in (": number", ": string", ": Date"):
        body = body.replace(note, "")
    return body


_FORMS = (
    """
/** Adds up @f of every @noun in a port; unknown numbers count as zero. */
export function @verb@KindTotal(entries, port: string): number {
  return entries
    .filter((entry) => entry.port === port)
    .reduce((sum, entry) => sum + (Number.isFinite(entry.@f) ? entry.@f : 0), 0);
}
""",
    """
export function @verb@KindByPort(entries) {
  const groups = new Map();
  for (const entry of entries) {
    const group = groups.get(entry.port) ?? [];
    group.push(entry);
    groups.set(entry.port, group);
  }
  return [...groups].sort(([left], [right]) => left.localeCompare(right));
}
""",
    """
/** Says in words how late a @noun is. */
export function @verb@KindLabel(entry, now: Date): string {
  const minutes = Math.round((now.getTime() - Date.parse(entry.updatedAt)) / 60000);
  if (Number.isNaN(minutes)) {
    return "unknown";
  }
  if (minutes < @n) {
    return "just now";
  }
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours} h ago` : `${Math.floor(hours / 24)} d ago`;
}
""",
    """
export async function @verb@KindPage(client, page: number) {
  const response = await client.get(`/api/@noun?page=${page}&size=@n`);
  if (!response.ok) {
    throw new Error(`@noun page ${page}: ${response.status}`);
  }
  const body = await response.json();
  return { entries: body.items, done: body.items.length < @n };
}
""",
    """
/** Compares two @nouns for a table: @f first, then the port's name. */
export function compare@KindFor@Verb(left, right): number {
  if (left.@f !== right.@f) {
    return right.@f - left.@f;
  }
  return left.port.localeCompare(right.port);
}
""",
    """
export function @verb@KindForm(form) {
  const problems = {};
  const @f = Number(form.get("@f"));
  if (!form.get("port")) {
    problems.port = "Choose a port.";
  }
  if (!(@f >= 0)) {
    problems.@f = "Give a number of zero or more.";
  } else if (@f > @n000) {
    problems.@f = "This looks too large; ask the harbour office.";
  }
  return Object.keys(problems).length === 0 ? { ok: true, @f } : { ok: false, problems };
}
""",
    """
export function render@KindRow@Verb(document, entry) {
  const row = document.createElement("tr");
  row.dataset.id = entry.id;
  for (const text of [entry.port, entry.@f.toFixed(2), entry.@g.toFixed(1)]) {
    const cell = document.createElement("td");
    cell.textContent = text;
    row.append(cell);
  }
  if (entry.@f < entry.@g) {
    row.classList.add("is-low");
  }
  return row;
}
""",
    """
/** Debounced @verb: the last call within @n ms wins. */
export function make@KindDebounce@Verb(work) {
  let timer;
  return (...rest) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...rest), @n);
  };
}
""",
    """
export function @verb@KindSeries(entries, buckets: number) {
  const values = entries.map((entry) => entry.@f).sort((left, right) => left - right);
  if (values.length === 0 || buckets < 1) {
    return [];
  }
  const width = (values.at(-1) - values[0]) / buckets || 1;
  const counts = new Array(buckets).fill(0);
  for (const value of values) {
    counts[Math.min(buckets - 1, Math.floor((value - values[0]) / width))] += 1;
  }
  return counts;
}
""",
    """
/** Keeps the @nouns of @port out of the public list until they are confirmed. */
export function public@KindFor@Verb(entries) {
  return entries.filter((entry) => entry.port !== "@port" || entry.@g > 0);
}
""",
    """
export class @Kind@VerbCache {
  constructor(limit = @n) {
    this.limit = limit;
    this.entries = new Map();
  }

  get(id) {
    const found = this.entries.get(id);
    if (found !== undefined) {
      this.entries.delete(id);
      this.entries.set(id, found);
    }
    return found;
  }

  put(id, entry) {
    this.entries.delete(id);
    this.entries.set(id, entry);
    if (this.entries.size > this.limit) {
      this.entries.delete(this.entries.keys().next().value);
    }
  }
}
""",
)
