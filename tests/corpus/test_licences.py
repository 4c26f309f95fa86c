from pathlib import Path

import pytest

from byline.corpus.licences import PERMISSIVE, file_licence, repository_licence, spdx_expression

APACHE = Path(__file__).parents[2].joinpath("LICENSE").read_text()
MIT = """MIT License

Copyright (c) 2020 Ann

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
associated documentation files (the "Software"), to deal in the Software without restriction,
including without limitation the rights to use, copy, modify, merge, publish, distribute,
sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial
portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT
NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES
OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""
GPL2 = """/* This program is free software; you can redistribute it and/or modify
 * it under the terms of the GNU General Public License as published by
 * the Free Software Foundation; either version 2 of the License, or
 * (at your option) any later version.
 */
int x;
"""
BSD3 = """// Copyright 2010 The Authors. All rights reserved.
//
// Redistribution and use in source and binary forms, with or without
// modification, are permitted provided that the following conditions are
// met:
//     * Redistributions of source code must retain the above copyright
// notice, this list of conditions and the following disclaimer.
//     * Neither the name of Google Inc. nor the names of its
// contributors may be used to endorse or promote products derived from
// this software without specific prior written permission.
int main() { return 0; }
"""


@pytest.mark.parametrize(
    ("text", "expression", "line"),
    [
        ("# SPDX-License-Identifier: MIT\nx = 1\n", "MIT", 1),
        ("#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0 OR MIT\n", "Apache-2.0 OR MIT", 2),
        (
            "/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */\n",
            "GPL-2.0-only WITH Linux-syscall-note",
            1,
        ),
        ("<!-- SPDX-License-Identifier: CC-BY-4.0 -->\n", "CC-BY-4.0", 1),
        ("// SPDX-License-Identifier: LicenseRef-Acme\n", "LicenseRef-Acme", 1),
    ],
)
def test_spdx_tags(text, expression, line):
    found = file_licence(text)
    assert (found.expression, found.evidence) == (expression, f"SPDX tag, line {line}")


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        (GPL2, "GPL-2.0-or-later"),
        (BSD3, "BSD-3-Clause"),
        ("\n".join(f"# {line}" for line in MIT.splitlines()) + "\nx = 1\n", "MIT"),
        (
            '# Licensed under the Apache License, Version 2.0 (the "License");\nx = 1\n',
            "Apache-2.0",
        ),
        (
            "# This Source Code Form is subject to the terms of the Mozilla Public\n# License, v. 2.0.\n",
            "MPL-2.0",
        ),
        ("// Use of this code is governed by a BSD-style license\n", "BSD-3-Clause"),
        ("// Released under the MIT license\n", "MIT"),
        ("# GNU Affero General Public License version 3 only\n", "AGPL-3.0-only"),
        (
            "# under the GNU Lesser General Public License, version 2.1 or later\n",
            "LGPL-2.1-or-later",
        ),
        (
            "% GNU Free Documentation License, Version 1.2 or any later version\n",
            "GFDL-1.2-or-later",
        ),
        ("# Licensed to PSF under a Contributor Agreement.\n", "PSF-2.0"),
        ("/* PROPRIETARY AND CONFIDENTIAL. Copyright Acme. */\n", "LicenseRef-proprietary"),
    ],
)
def test_notices(text, expression):
    found = file_licence(text)
    assert found.expression == expression
    assert found.evidence.startswith("licence notice, line ")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x = 1\n",
        "# Copyright 2024 Harbour Analytics\nx = 1\n",
        "# SPDX-License-Identifier: NOT-A-LICENCE\n",
        "# SPDX-License-Identifier: MIT AND\n",
        "def licence(): return license_of(path)\n",
        "x = 1\n" * 70 + "# SPDX-License-Identifier: MIT\n",
    ],
)
def test_no_declaration(text):
    assert file_licence(text) is None


def test_prose_and_metadata_speak_of_the_project():
    assert file_licence("Licensed under the MIT license.\n", kind="prose") is None
    assert file_licence('license = "BSD-3-Clause"\n', kind="data") is None
    assert file_licence("# Released under the MIT license\n", path="a/setup.py") is None
    assert file_licence("<!-- SPDX-License-Identifier: MIT -->", kind="prose").expression == "MIT"


def test_expressions():
    assert spdx_expression("mit or apache-2.0") == "MIT OR Apache-2.0"
    assert spdx_expression("Nonsense-1.0") is None
    assert spdx_expression("") is None
    assert spdx_expression("MIT OR") is None


def test_repository_licence_from_its_root():
    found = repository_licence({"LICENSE": APACHE, "a/LICENSE": MIT, "x.py": "x"})
    assert (found.expression, found.path, found.evidence) == (
        "Apache-2.0",
        "LICENSE",
        "licence text",
    )
    assert repository_licence({"LICENCE.md": MIT}).expression == "MIT"
    assert repository_licence({"COPYING": GPL2}).expression == "GPL-2.0-or-later"


def test_reuse_folder_and_subfolders_set_nothing():
    assert (
        repository_licence({"LICENSES/MIT.txt": MIT, "third_party/LICENSE": MIT, "NOTICE": "x"})
        is None
    )


def test_two_licences_apply_together():
    found = repository_licence({"LICENSE-MIT": MIT, "LICENSE-APACHE": APACHE})
    assert found.expression == "Apache-2.0 AND MIT"


def test_metadata_is_weaker_evidence():
    files = {"pyproject.toml": '[project]\nname = "x"\nlicense = "BSD-3-Clause"\n'}
    found = repository_licence(files)
    assert (found.expression, found.evidence) == ("BSD-3-Clause", "field project.license")
    assert repository_licence({**files, "LICENSE": MIT}).expression == "MIT"
    assert repository_licence({"package.json": '{"license": "ISC"}'}).expression == "ISC"
    assert repository_licence({"package.json": "{broken", "pyproject.toml": "= ="}) is None
    assert repository_licence({"package.json": "[" * 100_000}) is None


def test_permissive_ids_are_spdx():
    assert {one for one in PERMISSIVE if spdx_expression(one) != one} == set()
    assert "GPL-3.0-only" not in PERMISSIVE
