"""`croissant.json`: the release described in MLCommons Croissant 1.1, with its RAI fields.

https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html
"""

from collections.abc import Mapping
from typing import Any

CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
FIELDS = {
    "id": "The example's id: a digest of its recipe and exact sources.",
    "recipe": "Which recipe made it.",
    "text": "The text to learn, where it is one text.",
    "prompt": "What is given, where there is a prompt.",
    "completion": "What is to be learnt to answer.",
    "record": "The structural record, as JSON.",
}


def croissant(manifest: Mapping[str, Any], *, organisation: str) -> dict[str, Any]:
    """The metadata of a release as JSON-LD."""
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": f"{manifest['name']}-{manifest['release']}",
        "description": (
            f"{manifest['examples']} training examples from the work of {manifest['people']} "
            f"engineers of {organisation}, each with its byline and the clauses that permit it."
        ),
        "version": "1.0.0",
        "url": f"urn:byline:{manifest['release']}",
        "license": "https://spdx.org/licenses/LicenseRef-internal",
        "creator": {"@type": "sc:Organization", "name": organisation},
        "datePublished": manifest["decided_as_of"],
        "identifier": manifest["root"],
        "rai:dataCollection": "From the organisation's own git repositories, by commit.",
        "rai:dataUseCases": ", ".join(manifest["purposes"]),
        "rai:personalSensitiveInformation": (
            "Secrets and personal data that were found are replaced; contributors stand under "
            "pseudonyms that a separate linkage key resolves."
        ),
        "rai:dataLimitations": "Detection is not complete; see the dataset card.",
        "distribution": [_file(shard) for shard in manifest["shards"]],
        "recordSet": [_record_set(split, manifest) for split in manifest["splits"]],
    }


def _file(shard: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": shard["path"],
        "name": shard["path"],
        "contentUrl": shard["path"],
        "contentSize": f"{shard['bytes']} B",
        "encodingFormat": "application/vnd.apache.parquet",
        "sha256": shard["sha256"],
    }


def _record_set(split: str, manifest: Mapping[str, Any]) -> dict[str, Any]:
    first = next(shard["path"] for shard in manifest["shards"] if shard["split"] == split)
    return {
        "@type": "cr:RecordSet",
        "@id": split,
        "name": split,
        "key": {"@id": f"{split}/id"},
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{split}/{name}",
                "name": name,
                "description": words,
                "dataType": "sc:Text",
                "source": {"fileObject": {"@id": first}, "extract": {"column": name}},
            }
            for name, words in FIELDS.items()
        ],
    }
