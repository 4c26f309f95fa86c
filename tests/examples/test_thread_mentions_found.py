"""A name that a detector finds inside a mention is no reason to leave half of the mention."""

from material_of import item_id, material_of, review, said

from byline.examples.threads import thread_of
from byline.work.items import item_of

TEXT = "As @dan-vogel wrote, and as Dan said on the phone, the order is wrong."


def finding(part, start, end):
    return {"item": part, "field": "text", "detector": "names", "version": "1", "start": start,
            "end": end, "category": "personal_data", "kind": "person_name", "line": 1}  # fmt: skip


def test_a_mention_goes_as_a_whole_and_other_names_are_replaced_as_found():
    reading = review(
        41,
        said("comment", "ben", TEXT, native="c1", minutes=1),
        said("comment", "dan-vogel", "I have objected.", native="c2", minutes=2),
    )
    part = item_id("part", item_of(reading), "c1")
    found = [finding(part, TEXT.index("dan"), TEXT.index("dan") + 3),
             finding(part, TEXT.index("Dan"), TEXT.index("Dan") + 3)]  # fmt: skip
    source = material_of([reading], findings=found, excluded=["dan-vogel"])
    thread = thread_of(source, next(iter(source.items)))
    assert not isinstance(thread, str)
    [text] = [one.text for one in thread.of("comment")]
    assert "vogel" not in text
    assert text.startswith("As @user_")
    assert "Dan" not in text
