"""What a decision is made from, and what it says.

A row of `FACTS` is a contribution: one person's span of one item, with the facts that clauses speak
about. A row of `DECISIONS` answers for one contribution and one purpose.
"""

import pyarrow as pa

FACTS = pa.schema(
    [
        pa.field("contribution", pa.string(), nullable=False),
        pa.field("item", pa.string(), nullable=False),
        pa.field("class", pa.string(), nullable=False),  # code | design | process
        pa.field("repository", pa.string(), nullable=False),
        # employer | customer | third-party | open-source | own-time
        pa.field("owner", pa.string(), nullable=False),
        pa.field("customer", pa.string()),
        pa.field("licence", pa.string()),  # SPDX expression of the file, else of the repository
        pa.field("licence_source", pa.string()),  # "file" | "repository" | null
        pa.field("person", pa.string()),  # roster id, or null
        pa.field("population", pa.string(), nullable=False),  # roster|outsider|bot|ai|unknown
        # the employment at author time: in_force | before | after | between | none
        pa.field("employment", pa.string(), nullable=False),
        pa.field("worker_type", pa.string()),
        pa.field("country", pa.string()),
        pa.field("unit", pa.string()),
        pa.field("region", pa.string()),  # ISO 3166-2, such as US-CA
        pa.field("legal_entity", pa.string()),  # the employer in law at author time
        pa.field("collective_agreement", pa.string()),  # that covered the employment
        pa.field("separation_type", pa.string()),  # how that employment ended
        # under age at author time; null where the roster does not say
        pa.field("minor", pa.bool_()),
        pa.field("left", pa.date32()),  # last day of the last employment, null when still employed
        pa.field("authored", pa.timestamp("s", tz="UTC"), nullable=False),
        pa.field("authorship", pa.string(), nullable=False),  # human | ai | mixed | unknown
        pa.field("lines", pa.int32(), nullable=False),
    ]
)

DECISIONS = pa.schema(
    [
        pa.field("contribution", pa.string(), nullable=False),
        pa.field("purpose", pa.string(), nullable=False),
        # identified | pseudonymised-lane | excluded
        pa.field("outcome", pa.string(), nullable=False),
        # one code from `byline.terms.reasons.REASONS`
        pa.field("reason", pa.string(), nullable=False),
        pa.field("clauses", pa.list_(pa.string()), nullable=False),
        pa.field("basis", pa.string()),
        pa.field("notice", pa.string()),  # "id@version served 2024-09-01"
        pa.field("missing", pa.list_(pa.string()), nullable=False),
        pa.field("counterfactual", pa.string()),  # what would have changed an exclusion
    ]
)
