"""Go: files put together from small forms and business words.

Every function is one of several forms with words chosen by the dice; files share habits, not text.
"""

from byline.sample.dice import Dice
from byline.sample.words import FIELDS, PORTS, VERBS, camel


def go_file(noun: str, dice: Dice) -> list[str]:
    """Return a Go file as pieces: head with its type, then functions."""
    package, kind = noun, camel(noun, upper=True)
    fields = dice.sample(FIELDS, 4)
    rows = "\n".join(f"\t{camel(f, upper=True)} {dice.pick(('int64', 'float64'))}" for f in fields)
    head = f"""\
// Package {package} keeps {noun}s for the harbour services.
package {package}

import (
\t"errors"
\t"fmt"
\t"sort"
\t"time"
)

// {kind} is one {noun} as the {dice.pick(("queue", "store", "registry"))} keeps it.
type {kind} struct {{
\tID string
\tPort string
\tUpdated time.Time
{rows}
}}

// Err{kind}Missing says that no {noun} has the identifier asked for.
var Err{kind}Missing = errors.New("{package}: {noun} not found")
"""
    verbs = dice.sample(VERBS, 6)
    forms = dice.sample(_GO_FORMS, 6)
    functions = [
        form.replace("@Kind", kind)
        .replace("@noun", noun)
        .replace("@Verb", verb.capitalize())
        .replace("@verb", verb)
        .replace("@Field", camel(dice.pick(fields), upper=True))
        .replace("@n", str(dice.randrange(2, 60)))
        .replace("@port", dice.pick(PORTS))
        for verb, form in zip(verbs, forms, strict=True)
    ]
    return [head, *functions]


_GO_FORMS = (
    """
// @Verb@Kind returns the @nouns of a port whose @Field passes the limit, largest first.
func @Verb@Kind(all []@Kind, port string, limit float64) []@Kind {
\tkept := make([]@Kind, 0, len(all))
\tfor _, entry := range all {
\t\tif entry.Port != port || float64(entry.@Field) < limit {
\t\t\tcontinue
\t\t}
\t\tkept = append(kept, entry)
\t}
\tsort.Slice(kept, func(i, j int) bool { return kept[i].@Field > kept[j].@Field })
\treturn kept
}
""",
    """
// @Verb@KindByPort adds up @Field for every port.
func @Verb@KindByPort(all []@Kind) map[string]float64 {
\ttotals := make(map[string]float64)
\tfor _, entry := range all {
\t\ttotals[entry.Port] += float64(entry.@Field)
\t}
\treturn totals
}
""",
    """
// Find@KindFor@Verb looks a @noun up by its identifier.
func Find@KindFor@Verb(all map[string]@Kind, id string) (@Kind, error) {
\tentry, ok := all[id]
\tif !ok {
\t\treturn @Kind{}, fmt.Errorf("@verb %q: %w", id, Err@KindMissing)
\t}
\tif entry.Updated.IsZero() {
\t\tentry.Updated = time.Unix(0, 0).UTC()
\t}
\treturn entry, nil
}
""",
    """
// @Verb@KindBatch hands the @nouns over in batches of at most @n and stops at the first error.
func @Verb@KindBatch(all []@Kind, send func([]@Kind) error) error {
\tconst size = @n
\tfor start := 0; start < len(all); start += size {
\t\tend := min(start+size, len(all))
\t\tif err := send(all[start:end]); err != nil {
\t\t\treturn fmt.Errorf("@verb @nouns %d to %d: %w", start, end, err)
\t\t}
\t}
\treturn nil
}
""",
    """
// Stale@KindFor@Verb says whether the @noun was last updated more than @n hours before now.
func (entry @Kind) Stale@KindFor@Verb(now time.Time) bool {
\tif entry.Port == "@port" {
\t\treturn now.Sub(entry.Updated) > 2*@n*time.Hour
\t}
\treturn now.Sub(entry.Updated) > @n*time.Hour
}
""",
    """
// @Verb@KindMedian returns the middle @Field; the slice is left as it is.
func @Verb@KindMedian(all []@Kind) (float64, bool) {
\tif len(all) == 0 {
\t\treturn 0, false
\t}
\tvalues := make([]float64, len(all))
\tfor i, entry := range all {
\t\tvalues[i] = float64(entry.@Field)
\t}
\tsort.Float64s(values)
\tmiddle := len(values) / 2
\tif len(values)%2 == 0 {
\t\treturn (values[middle-1] + values[middle]) / 2, true
\t}
\treturn values[middle], true
}
""",
    """
// @Verb@KindRetry calls work until it succeeds, at most @n times, and waits longer each time.
func @Verb@KindRetry(work func() error, sleep func(time.Duration)) error {
\tvar last error
\tfor attempt := 1; attempt <= @n; attempt++ {
\t\tif last = work(); last == nil {
\t\t\treturn nil
\t\t}
\t\tsleep(time.Duration(attempt*attempt) * 50 * time.Millisecond)
\t}
\treturn fmt.Errorf("@verb @noun: gave up: %w", last)
}
""",
    """
// @Verb@KindUnique keeps the newest @noun of every identifier.
func @Verb@KindUnique(all []@Kind) []@Kind {
\tnewest := make(map[string]@Kind, len(all))
\tfor _, entry := range all {
\t\tif seen, ok := newest[entry.ID]; !ok || entry.Updated.After(seen.Updated) {
\t\t\tnewest[entry.ID] = entry
\t\t}
\t}
\tkept := make([]@Kind, 0, len(newest))
\tfor _, entry := range newest {
\t\tkept = append(kept, entry)
\t}
\tsort.Slice(kept, func(i, j int) bool { return kept[i].ID < kept[j].ID })
\treturn kept
}
""",
)
