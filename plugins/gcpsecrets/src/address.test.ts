import { describe, expect, it } from "vitest";
import { toAddress } from "./address.ts";

describe("the address of a token", () => {
  it.each([
    { path: "p/s", secret: "projects/p/secrets/s" },
    { path: "example.com:p/s", secret: "projects/example.com:p/secrets/s" },
    { path: "123456/s", secret: "projects/123456/secrets/s" },
    { path: "projects/p/secrets/s", secret: "projects/p/secrets/s" },
    { path: "/projects/p/secrets/s", secret: "projects/p/secrets/s" },
    { path: "projects/p/secrets/s/versions/7", secret: "projects/p/secrets/s", version: "7" },
    { path: "/projects/p/secrets/s/versions/prod", secret: "projects/p/secrets/s", version: "prod" },
    {
      path: "projects/p/locations/europe-west3/secrets/s",
      secret: "projects/p/locations/europe-west3/secrets/s",
      location: "europe-west3",
    },
    {
      path: "projects/p/locations/us-east1/secrets/s/versions/2",
      secret: "projects/p/locations/us-east1/secrets/s",
      location: "us-east1",
      version: "2",
    },
    { path: "projects/secrets/secrets/locations", project: "secrets", secret: "projects/secrets/secrets/locations" },
  ])("$path is $secret", ({ path, secret, project, location, version = "latest" }) => {
    const expected = project ?? secret.split("/")[1];
    expect(toAddress({ path, metadata: {} })).toEqual({ path, secret, project: expected, location, version });
  });

  it.each([
    { path: "/token/1", version: undefined, expected: "latest" },
    { path: "/token/1", version: "123", expected: "123" },
    { path: "/one", version: undefined, expected: "latest" },
    { path: "/a/b/c/d", version: "", expected: "latest" },
    { path: "//a", version: "prod", expected: "prod" },
    { path: "/a//b/", version: undefined, expected: "latest" },
  ])("$path is taken for the name as it stands", ({ path, version, expected }) => {
    const metadata = version === undefined ? {} : { version };
    expect(toAddress({ path, metadata })).toEqual({
      path,
      secret: path,
      project: undefined,
      location: undefined,
      version: expected,
    });
  });

  it.each([
    { path: "p/s", version: undefined, expected: "latest" },
    { path: "p/s", version: "", expected: "latest" },
    { path: "p/s", version: "3", expected: "3" },
    { path: "p/s", version: "my_alias-1", expected: "my_alias-1" },
    { path: "projects/p/secrets/s/versions/3", version: "3", expected: "3" },
  ])("$path with version $version is version $expected", ({ path, version, expected }) => {
    expect(toAddress({ path, metadata: version === undefined ? {} : { version } }).version).toBe(expected);
  });

  it.each([
    { path: "" },
    { path: "/" },
    { path: "//" },
    { path: "s" },
    { path: "p/" },
    { path: "a/b/c" },
    { path: "p//s" },
    { path: "projects/p" },
    { path: "projects/p/s" },
    { path: "projects/p/secrets" },
    { path: "projects/p/secrets/" },
    { path: "/projects/p/secrets/s/" },
    { path: "projects//secrets/s" },
    { path: "projects/p/secret/s" },
    { path: "projects/p/secrets/s/versions" },
    { path: "projects/p/secrets/s/versions/1/x" },
    { path: "projects/p/secrets/s/version/1" },
    { path: "projects/p/locations/secrets/s" },
    { path: "projects/p/locations/l/secrets/s/x" },
    { path: "p/.." },
    { path: "/../../v1/projects/p/secrets/s" },
    { path: "/./x" },
  ])("$path names no secret", ({ path }) => {
    expect(() => toAddress({ path, metadata: {} })).toThrow(
      expect.objectContaining({
        kind: "badRequest",
        message: `"${path}" names no secret`,
        hint: "write <project>/<secret>, or projects/<project>/secrets/<secret>",
      }),
    );
  });

  it.each(["evil.example.com", "l@evil", "l:1", "L", "-l", "l-", "l#", "l?x"])(
    "%s is no location, which would become a part of the host",
    (location) => {
      expect(() => toAddress({ path: `projects/p/locations/${location}/secrets/s`, metadata: {} })).toThrow(
        expect.objectContaining({ kind: "badRequest", message: `"${location}" is no location of Google Cloud` }),
      );
    },
  );

  it.each(["1/2", "..", ".", "a b", "1\n"])("%j is no version", (version) => {
    expect(() => toAddress({ path: "p/s", metadata: { version } })).toThrow(
      expect.objectContaining({ kind: "badRequest", message: `"${version}" is no version of a secret` }),
    );
  });

  it("refuses two versions that contradict each other", () => {
    expect(() => toAddress({ path: "projects/p/secrets/s/versions/3", metadata: { version: "4" } })).toThrow(
      expect.objectContaining({
        kind: "badRequest",
        message: '"projects/p/secrets/s/versions/3" names a version, and the metadata another, "4"',
      }),
    );
  });
});
