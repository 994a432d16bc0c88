/**
 * What a single-file executable holds beside this project's code: bun, and what bun links. By the licence page of bun and by
 * what bun says of itself (`process.versions`); bun publishes no complete list.
 */

/** One library that is part of bun. */
export interface BunPart {
  readonly name: string;
  /** An SPDX expression; absent where it has several licences of its own, which `source` holds. */
  readonly license?: string;
  /** As its licence file or its sources have it. */
  readonly copyright?: readonly string[];
  readonly source: string;
  /** The key of bun's `process.versions` that names the commit or version. */
  readonly versionKey?: string;
}

/** The parts of bun, JavaScriptCore first. */
export const bunParts: readonly BunPart[] = [
  {
    name: "JavaScriptCore",
    license: "LGPL-2.0-or-later",
    copyright: ["Copyright Apple Inc. and others; each file names its holders"],
    source: "https://github.com/oven-sh/WebKit",
    versionKey: "webkit",
  },
  {
    name: "tinycc",
    license: "LGPL-2.1-only",
    copyright: ["Copyright Fabrice Bellard and others; each file names its holders"],
    source: "https://github.com/oven-sh/tinycc",
    versionKey: "tinycc",
  },
  { name: "boringssl", source: "https://github.com/oven-sh/boringssl", versionKey: "boringssl" },
  {
    name: "brotli",
    license: "MIT",
    copyright: ["Copyright (c) 2009, 2010, 2013-2016 by the Brotli Authors."],
    source: "https://github.com/google/brotli",
  },
  {
    name: "c-ares",
    license: "MIT",
    copyright: [
      "Copyright (c) 1998 Massachusetts Institute of Technology",
      "Copyright (c) 2007 - 2023 Daniel Stenberg with many contributors",
    ],
    source: "https://github.com/c-ares/c-ares",
    versionKey: "ares",
  },
  { name: "highway", license: "Apache-2.0", source: "https://github.com/google/highway" },
  {
    name: "icu",
    license: "Unicode-3.0",
    copyright: ["Copyright (C) 2016 and later: Unicode, Inc. and others."],
    source: "https://github.com/unicode-org/icu",
    versionKey: "icu",
  },
  { name: "libarchive", source: "https://github.com/libarchive/libarchive", versionKey: "libarchive" },
  {
    name: "libbase64",
    license: "BSD-2-Clause",
    copyright: [
      "Copyright (c) 2005-2007, Nick Galbreath",
      "Copyright (c) 2015-2018, Wojciech Muła",
      "Copyright (c) 2016-2017, Matthieu Darbois",
      "Copyright (c) 2013-2022, Alfred Klomp",
    ],
    source: "https://github.com/aklomp/base64",
  },
  {
    name: "libc++abi (__cxa_thread_atexit)",
    license: "Apache-2.0 WITH LLVM-exception",
    source: "https://github.com/llvm/llvm-project",
  },
  {
    name: "libdeflate",
    license: "MIT",
    copyright: ["Copyright 2016 Eric Biggers", "Copyright 2024 Google LLC"],
    source: "https://github.com/ebiggers/libdeflate",
    versionKey: "libdeflate",
  },
  {
    name: "libjpeg-turbo",
    license: "IJG AND BSD-3-Clause AND Zlib",
    copyright: ["Copyright (C) 1991-2026 The libjpeg-turbo Project and many others"],
    source: "https://github.com/libjpeg-turbo/libjpeg-turbo",
  },
  {
    name: "libspng",
    license: "BSD-2-Clause",
    copyright: ["Copyright (c) 2018-2023, Randy"],
    source: "https://github.com/randy408/libspng",
  },
  {
    name: "libuv",
    license: "MIT",
    copyright: [
      "Copyright (c) 2015-present libuv project contributors.",
      "Copyright Joyent, Inc. and other Node contributors.",
    ],
    source: "https://github.com/libuv/libuv",
    versionKey: "uv",
  },
  {
    name: "libwebp",
    license: "BSD-3-Clause",
    copyright: ["Copyright (c) 2010, Google Inc. All rights reserved."],
    source: "https://github.com/webmproject/libwebp",
  },
  { name: "llhttp", license: "MIT", source: "https://github.com/nodejs/llhttp", versionKey: "llhttp" },
  {
    name: "lol-html",
    license: "BSD-3-Clause",
    copyright: ["Copyright (C) 2019, Cloudflare, Inc."],
    source: "https://github.com/cloudflare/lol-html",
    versionKey: "lolhtml",
  },
  {
    name: "ls-hpack",
    license: "MIT",
    copyright: ["Copyright (c) 2018 - 2023 LiteSpeed Technologies Inc"],
    source: "https://github.com/litespeedtech/ls-hpack",
    versionKey: "lshpack",
  },
  { name: "ls-qpack", license: "MIT", source: "https://github.com/litespeedtech/ls-qpack" },
  {
    name: "lsquic",
    license: "MIT AND BSD-3-Clause",
    copyright: [
      "Copyright (c) 2017 - 2026 LiteSpeed Technologies Inc",
      "Copyright 2015 The Chromium Authors. All rights reserved.",
    ],
    source: "https://github.com/litespeedtech/lsquic",
  },
  {
    name: "mimalloc",
    license: "MIT",
    copyright: ["Copyright (c) 2018-2025 Microsoft Corporation, Daan Leijen"],
    source: "https://github.com/oven-sh/mimalloc",
    versionKey: "mimalloc",
  },
  {
    name: "picohttpparser",
    license: "MIT",
    copyright: ["Copyright (c) 2009-2014 Kazuho Oku, Tokuhiro Matsuno, Daisuke Murase, Shigeo Mitsunari"],
    source: "https://github.com/h2o/picohttpparser",
    versionKey: "picohttpparser",
  },
  { name: "simdutf", license: "Apache-2.0", source: "https://github.com/simdutf/simdutf" },
  { name: "sqlite", license: "blessing", source: "https://sqlite.org", versionKey: "sqlite" },
  { name: "tigerbeetle (I/O code)", license: "Apache-2.0", source: "https://github.com/tigerbeetle/tigerbeetle" },
  { name: "uSockets", license: "Apache-2.0", source: "https://github.com/oven-sh/bun", versionKey: "usockets" },
  { name: "uWebSockets", license: "Apache-2.0", source: "https://github.com/oven-sh/bun", versionKey: "uwebsockets" },
  {
    name: "uucode",
    license: "MIT",
    copyright: ["Copyright (c) 2026 Jacob Sandlund"],
    source: "https://github.com/jacobsandlund/uucode",
  },
  {
    name: "zlib-ng",
    license: "Zlib",
    copyright: ["(C) 1995-2024 Jean-loup Gailly and Mark Adler"],
    source: "https://github.com/zlib-ng/zlib-ng",
    versionKey: "zlib",
  },
  {
    name: "zstd",
    license: "BSD-3-Clause",
    copyright: ["Copyright (c) Meta Platforms, Inc. and affiliates. All rights reserved."],
    source: "https://github.com/facebook/zstd",
    versionKey: "zstd",
  },
];

/** npm packages, all under MIT, whose code bun holds to play Node's own modules. */
export const bunPolyfills: readonly string[] =
  "acorn acorn-walk assert browserify-zlib buffer constants-browserify crypto-browserify domain-browser events https-browserify os-browserify path-browserify process punycode querystring-es3 stream-browserify stream-http string_decoder timers-browserify tty-browserify url util vm-browserify".split(
    " ",
  );
