"""SQL, shell and deployment manifests, assembled like `go_code`."""

from byline.sample.dice import Dice
from byline.sample.words import FIELDS, PORTS, VERBS


def sql_file(noun: str, dice: Dice) -> list[str]:
    """Return a SQL file as pieces: a table, then queries over it."""
    first, second, third = dice.sample(FIELDS, 3)
    source = dice.pick(("broker", "archive", "terminal"))
    head = f"""\
-- {noun.capitalize()}s by port, loaded nightly from the {source}.
create table if not exists {noun}_facts (
    {noun}_id   bigint primary key,
    port        text not null,
    recorded_at timestamp with time zone not null,
    {first}     numeric(14, 2) not null default 0,
    {second}    numeric(14, 2),
    {third}     integer check ({third} >= 0)
);
"""
    queries = dice.sample(_SQL_FORMS, 5)
    return [
        head,
        *(
            form.replace("@noun", noun)
            .replace("@a", first)
            .replace("@b", second)
            .replace("@c", third)
            .replace("@n", str(dice.randrange(3, 90)))
            .replace("@port", dice.pick(PORTS))
            for form in queries
        ),
    ]


_SQL_FORMS = (
    """
-- Monthly @a of each port with the share it has of all ports.
select port,
       date_trunc('month', recorded_at) as month,
       sum(@a) as total_@a,
       sum(@a) / nullif(
           sum(sum(@a)) over (partition by date_trunc('month', recorded_at)), 0) as share
from @noun_facts
group by port, month
order by month, share desc;
""",
    """
-- The last @n days against the @n days before them.
with recent as (
    select port, sum(@a) as now_@a from @noun_facts
    where recorded_at >= current_date - interval '@n days' group by port
), earlier as (
    select port, sum(@a) as then_@a from @noun_facts
    where recorded_at >= current_date - interval '@n days' * 2
      and recorded_at < current_date - interval '@n days'
    group by port
)
select port, now_@a, then_@a, now_@a - coalesce(then_@a, 0) as change
from recent left join earlier using (port);
""",
    """
-- Rows that cannot be right: @b above @a, or nothing recorded at all.
create or replace view @noun_suspects as
select @noun_id, port, recorded_at, @a, @b
from @noun_facts
where @b > @a or (@a = 0 and @b is null);
""",
    """
-- Keep only the newest row of each @noun in @port.
delete from @noun_facts as older
using @noun_facts as newer
where older.@noun_id = newer.@noun_id
  and older.port = '@port'
  and older.recorded_at < newer.recorded_at;
""",
    """
-- Running @a for the chart, seven rows either side.
select recorded_at::date as day,
       avg(@a) over (order by recorded_at rows between 7 preceding and 7 following) as smooth_@a,
       percent_rank() over (order by @c) as rank_@c
from @noun_facts
where port = '@port'
order by day;
""",
    """
create index concurrently if not exists @noun_facts_port_recorded
    on @noun_facts (port, recorded_at desc)
    include (@a, @c);
""",
    """
-- Upsert from the staging table; a missing @b never hides a known one.
insert into @noun_facts (@noun_id, port, recorded_at, @a, @b, @c)
select @noun_id, trim(port), recorded_at, @a, @b, @c from staging_@noun
on conflict (@noun_id) do update
    set @a = excluded.@a,
        @b = coalesce(excluded.@b, @noun_facts.@b),
        @c = greatest(excluded.@c, @noun_facts.@c);
""",
)


def shell_file(noun: str, dice: Dice) -> list[str]:
    """Return a shell script as pieces: strict head, functions, and a call."""
    head = f"""\
#!/usr/bin/env bash
# {dice.pick(VERBS).capitalize()} {noun} files; run by the night shift and by hand.
set -euo pipefail

readonly {noun.upper()}_ROOT="${{{noun.upper()}_ROOT:-/srv/{noun}}}"
readonly KEEP_DAYS={dice.randrange(3, 45)}
"""
    forms = dice.sample(_SHELL_FORMS, 4)
    functions = [
        form.replace("@noun", noun)
        .replace("@ROOT", f"{noun.upper()}_ROOT")
        .replace("@verb", dice.pick(VERBS))
        .replace("@n", str(dice.randrange(2, 20)))
        for form in forms
    ]
    return [head, *functions]


_SHELL_FORMS = (
    """
@verb_old_@noun() {
    local folder="$1"
    find "$folder" -name '*.@noun.gz' -mtime "+$KEEP_DAYS" -print0 |
        while IFS= read -r -d '' file; do
            echo "removing $file" >&2
            rm -- "$file"
        done
}
""",
    """
@verb_with_retry_@noun() {
    local attempt
    for attempt in $(seq 1 @n); do
        if "$@"; then
            return 0
        fi
        echo "@verb: attempt $attempt failed, waiting" >&2
        sleep "$((attempt * 2))"
    done
    return 1
}
""",
    """
check_@noun_space() {
    local used
    used=$(df --output=pcent "$@ROOT" | tail -1 | tr -dc '0-9')
    if [ "$used" -gt $((100 - @n)) ]; then
        echo "@noun: disk is ${used}% full" >&2
        return 3
    fi
}
""",
    """
@verb_@noun_checksums() {
    local list="$@ROOT/SHA256SUMS"
    (cd "$@ROOT" && sha256sum ./*.csv > "$list.new")
    if [ -f "$list" ] && cmp -s "$list" "$list.new"; then
        rm -- "$list.new"
        return 0
    fi
    mv -- "$list.new" "$list"
}
""",
    """
split_@noun_by_port() {
    local input="$1"
    awk -F, 'NR > 1 { print > (FILENAME "." $@n ".part") }' "$input"
    wc -l "$input".*.part | sort -n | tail -@n
}
""",
)


def service_yaml(noun: str, dice: Dice) -> list[str]:
    """Return a deployment manifest as one piece."""
    cpu, memory = dice.randrange(1, 9) * 100, 2 ** dice.randrange(6, 11)
    return [
        f"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {noun}-service
  labels: {{team: {dice.pick(("payments", "data", "web", "platform"))}, tier: backend}}
spec:
  replicas: {dice.randrange(1, 7)}
  selector:
    matchLabels: {{app: {noun}-service}}
  template:
    metadata:
      labels: {{app: {noun}-service}}
    spec:
      containers:
        - name: {noun}
          image: registry.harbour.example/{noun}:{dice.randrange(1, 9)}.{dice.randrange(0, 30)}
          ports:
            - containerPort: {dice.randrange(7000, 9999)}
          resources:
            requests: {{cpu: {cpu}m, memory: {memory}Mi}}
            limits: {{cpu: {cpu * 2}m, memory: {memory * 2}Mi}}
"""
    ]
