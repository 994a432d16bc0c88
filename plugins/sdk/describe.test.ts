import { create, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { DescribeResponseSchema } from "../../internal/gen/configmanager/plugin/v2/token_store_pb.js";
import { encodeDescription } from "./describe.ts";
import type { Store } from "./store.ts";

const value = (): string => "";

describe("the description of a store", () => {
  it.each<{ name: string; store: Store; expected: object }>([
    { name: "that says its prefix alone", store: { prefix: "A", value }, expected: { prefix: "A" } },
    {
      name: "that says all it can",
      store: {
        prefix: "EVERY",
        version: "1.2.3",
        summary: "schlüssel \u{1f511}",
        pathForm: "<a>/<b>",
        metadataKeys: { version: "which one".repeat(30), label: { description: "", required: true } },
        anyMetadata: true,
        optionKeys: { region: { description: "where", required: false } },
        value,
        put() {},
        async *list() {},
      },
      expected: {
        prefix: "EVERY",
        version: "1.2.3",
        summary: "schlüssel \u{1f511}",
        pathForm: "<a>/<b>",
        metadataKeys: [
          { name: "version", description: "which one".repeat(30), required: false },
          { name: "label", description: "", required: true },
        ],
        anyMetadata: true,
        optionKeys: [{ name: "region", description: "where", required: false }],
        canPut: true,
        canList: true,
      },
    },
  ])("$name is what protobuf's own runtime writes", ({ store, expected }) => {
    const message = create(DescribeResponseSchema, expected);
    expect(encodeDescription(store)).toEqual(Buffer.from(toBinary(DescribeResponseSchema, message)));
  });
});
