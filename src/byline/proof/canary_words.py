"""The words of canaries: ordinary ones, so that no filter and no reader takes them for a secret.

Invariants: each list has a power of two of different words, so that a slot is so many bits of a
hash and every choice is as likely as another; no list changes within a form (`byline/canary/1`),
because old kits are made again from their seed; none of the words is the name of a credential.
"""

from typing import Final


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


ADJECTIVES: Final = _words(
    "amber ancient awkward bitter blue brisk broad broken calm candid cheap clumsy coarse crooked "
    "curious damp dense distant double dusty eager early empty faded faint flat formal fragile "
    "frozen gentle golden gritty heavy hidden hollow humble idle iron jagged lazy level little "
    "lonely loose marble mellow modest muddy narrow nimble northern odd pale patient plain proud "
    "quiet rusty shallow silver sleepy spare steep stubborn"
)
"""64 words, 6 bits."""

NOUNS: Final = _words(
    "acorn anchor anvil apron arch attic awning badge bakery balcony banjo barge barrel basin "
    "beacon bellows bench biscuit blanket bobbin boulder bracket bramble bridge bucket bugle "
    "button cabin cable candle canoe canvas caravan carpet cellar chimney cider cistern clover "
    "cobbler compass copper cottage cradle crane cricket cupboard curtain cushion dahlia dinghy "
    "ditch drawer easel ember engine feather ferry fiddle flagon flannel fountain furrow gable "
    "gallery garland gasket gravel grotto gutter hamlet hammock harness hatch hedge hinge hopper "
    "jetty kettle kiln ladder lantern lattice ledge lighthouse loom magnet mallet marsh meadow "
    "mitten mosaic napkin nettle oar orchard otter oven paddle parcel parlour pebble pelican "
    "pendulum pewter pickle pigeon pillow pulley quarry quilt raft rafter ribbon saddle sawmill "
    "scarf shovel shutter sieve spindle sponge stable stirrup teapot thimble trellis windmill"
)
"""128 words, 7 bits."""

VERBS: Final = _words(
    "admires balances beckons borrows bothers carries charms circles claims collects copies counts "
    "covers crosses delays doubles drains enters favours fetches fills flatters follows forgets "
    "forgives gathers greets guards guides halves hides hurries ignores invites joins lends lifts "
    "measures mends misses numbers nudges outlasts paints pardons passes polishes prefers puzzles "
    "quotes rattles remembers repairs rescues reshapes salutes shelters signals steadies teases "
    "trims visits warms weighs"
)
"""64 words, 6 bits."""
