"""Files that real repositories have and no model should learn, and files that break tools."""

import struct
import zlib
from collections.abc import Mapping
from importlib import resources

from byline.sample.dice import Dice
from byline.sample.people import WRONG_MAILMAP
from byline.sample.tree import EXECUTABLE, SYMLINK, File, whole
from byline.sample.words import NOUNS, camel

NOTICE = """\
Harbour Analytics
Copyright 2024-2026 Harbour Analytics. Internal use only.

Parts of the Python code grew from modules of the Python standard library,
Copyright (c) 2001 Python Software Foundation; All Rights Reserved,
used under the licence in LICENSES/Python-2.0.txt.
"""
_MIT = """\
 * Copyright (c) 2019 Arno Feld
 *
 * Permission is hereby granted, free of charge, to any person obtaining a copy
 * of this software and associated documentation files (the "Software"), to deal
 * in the Software without restriction, including without limitation the rights
 * to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
 * copies of the Software, and to permit persons to whom the Software is
 * furnished to do so, subject to the following conditions:
 *
 * The above copyright notice and this permission notice shall be included in all
 * copies or substantial portions of the Software.
 *
 * THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND.
"""
_GPL = """\
# This program is free software: you can redistribute it and/or modify
# it under the terms of the GNU General Public License as published by
# the Free Software Foundation, either version 3 of the License, or
# (at your option) any later version.
#
# This program is distributed in the hope that it will be useful,
# but WITHOUT ANY WARRANTY; without even the implied warranty of
# MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
# GNU General Public License for more details.
"""


def python_licence() -> str:
    """Return the licence of Python as its distribution carries it."""
    source = resources.files("byline.sample").joinpath("data", "Python-2.0.txt")
    return source.read_text(encoding="utf-8")


def common_files(repository: str, summary: str) -> list[File]:
    """Return what the first commit of every repository holds."""
    return [
        whole("README.md", f"# {repository}\n\n{summary}\n\nOwned by Harbour Analytics.\n"),
        whole("NOTICE", NOTICE),
        whole("LICENSES/Python-2.0.txt", python_licence()),
        whole(".gitignore", "__pycache__/\n*.log\nnode_modules/\n.venv/\n"),
        whole("config/limits.toml", "[limits]\nbatch = 200\nretries = 4\ntimeout = 30\n"),
        whole("config/production.env", "TZ=UTC\nLOG_LEVEL=info\n"),
        whole("deploy/values.yaml", "replicas: 2\nregion: eu-central-1\n"),
        whole("ops/settings.ini", "[service]\nworkers = 4\n"),
        whole("requirements.txt", requirements(0)),
    ]


def requirements(step: int) -> str:
    """Return a requirements file; each step raises one version."""
    names = (
        "attrs",
        "boltons",
        "cachetools",
        "click",
        "httpx",
        "orjson",
        "pendulum",
        "psycopg",
        "rich",
    )
    rows = []
    for place, name in enumerate(names):
        raised = step // len(names) + (1 if place < step % len(names) else 0)
        rows.append(f"{name}=={place + 1}.{raised}.0")
    return "\n".join(rows) + "\n"


def lock_file(step: int) -> str:
    """Return a package-lock.json with invented integrity values; each step changes some."""
    rows = []
    for name in ("chart-core", "d3-tides", "lit-forms", "nano-router", "preact", "vite", "zod"):
        version = f"{len(name)}.{step}.{len(name) % 3}"
        digest = zlib.crc32(f"{name}{version}".encode())
        rows.append(
            f'    "node_modules/{name}": {{\n      "version": "{version}",\n'
            f'      "integrity": "sha1-{digest:08x}"\n    }}'
        )
    body = ",\n".join(rows)
    return '{\n  "lockfileVersion": 3,\n  "packages": {\n' + body + "\n  }\n}\n"


def odd_files(repository: str) -> list[File]:
    """Return the odd files of one repository (an empty list for the others)."""
    makers: Mapping[str, list[File]] = {
        "ledger-core": [_protobuf("ledger"), _protobuf("posting"), *_text_oddities()],
        "dataflow": [whole(".mailmap", WRONG_MAILMAP), _gpl(), _protobuf("tides"), _vendored_go()],
        "harbour-web": [
            _minified(),
            _vendored_js(),
            _png(),
            whole("package-lock.json", lock_file(0)),
        ],
        "platform": [
            _vendored_go(),
            whole("Makefile", _MAKEFILE),
            whole("Dockerfile", _DOCKERFILE),
        ],
        "northwind-portal": [whole("CONFIDENTIAL.md", _CONFIDENTIAL)],
        "tidepool": [whole("docs/tides.md", "# Tides\n\nHarmonic constants by station.\n")],
    }
    return makers[repository]


_CONFIDENTIAL = (
    "# Confidential\n\nCustomer: Northwind Shipping. Under NDA; do not share outside the team.\n"
)
_MAKEFILE = """\
.PHONY: test image

test:
\tgo test ./...

image: test
\tdocker build -t harbour/platform .
"""
_DOCKERFILE = """\
FROM golang:1.23 AS build
WORKDIR /src
COPY . .
RUN go build -o /out/platform ./cmd/platform

FROM gcr.io/distroless/base
COPY --from=build /out/platform /platform
ENTRYPOINT ["/platform"]
"""
_PROTOBUF = """\
# -*- coding: utf-8 -*-
# Generated by the protocol buffer compiler.  DO NOT EDIT!
# source: harbour/{name}.proto
# Protobuf Python Version: 5.26.1
\"\"\"Generated protocol buffer code.\"\"\"
from google.protobuf import descriptor_pool as _descriptor_pool

DESCRIPTOR = _descriptor_pool.Default().AddSerializedFile(b'\\n\\x0b{name}.proto')
{rows}
"""


def _protobuf(name: str) -> File:
    dice = Dice(f"protobuf:{name}")
    rows = []
    for word in NOUNS:
        label, kind = f"_{name.upper()}_{word.upper()}", camel(word, upper=True)
        rows.append(f"{label} = DESCRIPTOR.message_types_by_name['{kind}']")
        rows.append(f"{label}._serialized_start={dice.randrange(60, 900)}")
    text = _PROTOBUF.format(name=name, rows="\n".join(rows))
    return whole(f"proto/{name}_pb2.py", text)


def _text_oddities() -> list[File]:
    tariff = "Hafen;Gebühr;Währung\nWarnemünde;12,50;EUR\nGlückstadt;9,75;EUR\n"
    return [
        whole("data/tariffs.csv", tariff.encode("latin-1")),
        whole(
            "docs/import.bat",
            "@echo off\r\nset PORT=7001\r\nledger import %1\r\nexit /b %ERRORLEVEL%\r\n",
        ),
        whole("docs/no-newline.txt", "The last line of this file does not end"),
        whole("src/ledger_core/__init__.py", ""),
        whole("bin/ledger", '#!/bin/sh\nexec python -m ledger_core "$@"\n', mode=EXECUTABLE),
        whole("current", "src/ledger_core", mode=SYMLINK),
    ]


_MEDIAN = """\


def moving_median(values, window):
    half = window // 2
    out = []
    for i in range(len(values)):
        part = sorted(values[max(0, i - half):i + half + 1])
        out.append(part[len(part) // 2])
    return out
"""
_RING = """\
package ring

// Ring is a fixed-size buffer.
type Ring struct {
\titems []int
\tnext  int
}

// Put stores an item over the oldest one.
func (r *Ring) Put(item int) {
\tr.items[r.next%len(r.items)] = item
\tr.next++
}
"""
_THROTTLE = """\
export function throttle(work, wait) {
  let last = 0;
  return (...rest) => {
    const now = Date.now();
    if (now - last >= wait) {
      last = now;
      work(...rest);
    }
  };
}
"""


def _gpl() -> File:
    text = "# Copyright (C) 2016 Tarmo Leht\n#\n" + _GPL + _MEDIAN
    return whole("src/dataflow/smoothing.py", text)


def _vendored_go() -> File:
    return whole("vendor/github.example/arnofeld/ring/ring.go", f"/*\n{_MIT} */\n\n{_RING}")


def _vendored_js() -> File:
    return whole("third_party/throttle/index.js", f"/*\n{_MIT} */\n{_THROTTLE}")


def _minified() -> File:
    dice = Dice("minified")
    calls = (
        f"function {dice.pick('abcdefgh')}{n}(e,t){{return e[t]||(e[t]={dice.randrange(999)}),e}}"
        for n in range(160)
    )
    return whole("static/vendor.min.js", "!function(){" + "".join(calls) + "}();\n")


def _png() -> File:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)
    pixels = b"".join(
        b"\0" + b"".join(bytes((x * 30, y * 30, 160)) for x in range(8)) for y in range(8)
    )
    body = zlib.compress(pixels, 0)
    image = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )
    return whole("static/logo.png", image)
