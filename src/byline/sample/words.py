"""The words of the business that the sample's code, documents and messages are made of."""

NOUNS = (
    "invoice",
    "ledger",
    "tide",
    "vessel",
    "berth",
    "payment",
    "shipment",
    "voyage",
    "manifest",
    "tariff",
    "refund",
    "deposit",
    "pilot",
    "cargo",
    "customs",
    "forecast",
    "buoy",
    "mooring",
    "dispatch",
    "quota",
)
FIELDS = (
    "amount",
    "balance",
    "weight",
    "draught",
    "height",
    "duration",
    "rate",
    "fee",
    "capacity",
    "priority",
    "delay",
    "distance",
    "tonnage",
    "penalty",
    "discount",
    "margin",
    "credit",
    "speed",
)
VERBS = (
    "reconcile",
    "settle",
    "allocate",
    "project",
    "merge",
    "audit",
    "schedule",
    "collect",
    "rank",
    "split",
    "validate",
    "summarise",
    "expire",
    "route",
    "balance",
    "import",
    "estimate",
    "close",
    "match",
    "trim",
)
PORTS = (
    "Seattle",
    "Hamburg",
    "Gdansk",
    "Oakland",
    "Bremerhaven",
    "Tacoma",
    "Rostock",
    "Szczecin",
    "Astoria",
)


def camel(*words: str, upper: bool = False) -> str:
    """Return words as `camelCase`, or `CamelCase` where upper."""
    joined = "".join(word.capitalize() for word in words)
    return joined if upper else joined[0].lower() + joined[1:]
