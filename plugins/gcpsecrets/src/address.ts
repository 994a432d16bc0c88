import { badRequest, type StoreRequest } from "configmanager/plugin";

/** Where a secret is. */
export interface SecretAddress {
  /** The path of the token, for people. */
  readonly path: string;
  /** Google's name of the secret: `projects/<project>/secrets/<secret>`, regional ones with their location in between. */
  readonly secret: string;
  /** A number, `latest`, or an alias. */
  readonly version: string;
  readonly project: string | undefined;
  /** The region whose own endpoint has the secret. */
  readonly location: string | undefined;
}

/**
 * The address that a token means. Its path is a resource name of Google's, with or without a version and a leading slash,
 * or `<project>/<secret>`. Any other path that begins with a slash is the name as it stands, as the Go store has it, and
 * for the service to judge. Throws `badRequest` for the rest, and for two versions that contradict each other.
 */
export function toAddress({ path, metadata }: StoreRequest): SecretAddress {
  const { version: pathVersion, ...place } = toPlace(path);
  // An empty one is none, as in the Go store.
  const asked = metadata["version"] === "" ? undefined : metadata["version"];
  if (pathVersion !== undefined && asked !== undefined && pathVersion !== asked) {
    throw badRequest(`"${path}" names a version, and the metadata another, "${asked}"`, {
      hint: "name the version once",
    });
  }
  const version = pathVersion ?? asked ?? "latest";
  if (/[/\s]/.test(version) || isDots(version)) {
    throw badRequest(`"${version}" is no version of a secret`, { hint: "write a number, an alias, or latest" });
  }
  return { path, version, ...place };
}

/** A secret that can be written. */
export interface WritableAddress extends SecretAddress {
  /** Google's name of what the secret lies in: `projects/<project>`, or a location of it. */
  readonly parent: string;
  /** The secret's own name in there. */
  readonly id: string;
}

/** The address of a secret that is written, by a path that Google knows and without a version. Throws `badRequest`. */
export function toWritableAddress(request: StoreRequest): WritableAddress {
  const address = toAddress(request);
  const { secret, project, version } = address;
  if (project === undefined) throw noSecret(request.path);
  if (version !== "latest" || request.metadata["version"] !== undefined) {
    throw badRequest(`"${request.path}" is written as a new version, and cannot name one`, {
      hint: "leave the version out",
    });
  }
  const end = secret.lastIndexOf("/secrets/");
  return { ...address, parent: secret.slice(0, end), id: secret.slice(end + "/secrets/".length) };
}

type Place = Pick<SecretAddress, "secret" | "project" | "location"> & { readonly version: string | undefined };

function toPlace(path: string): Place {
  const segments = path.replace(/^\/(?=projects\/)/, "").split("/");
  if (segments.some(isDots) || segments.every((segment) => segment === "")) throw noSecret(path);
  const [first = "", second = "", ...rest] = segments;
  // The Go store takes the path for the name whatever it is; the short form would make another one of it.
  if (first === "") return { secret: path, project: undefined, location: undefined, version: undefined };
  if (segments.includes("")) throw noSecret(path);
  if (first !== "projects") {
    if (segments.length !== 2) throw noSecret(path);
    return { secret: `projects/${first}/secrets/${second}`, project: first, location: undefined, version: undefined };
  }
  const location = rest[0] === "locations" ? rest[1] : undefined;
  const [secrets, secret, versions, version, ...more] = location === undefined ? rest : rest.slice(2);
  const isVersioned = versions === "versions" && version !== undefined;
  if (secrets !== "secrets" || secret === undefined || more.length > 0) throw noSecret(path);
  if (versions !== undefined && !isVersioned) throw noSecret(path);
  // It becomes a part of the name of the host that the access token is sent to.
  if (location !== undefined && !/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(location)) {
    throw badRequest(`"${location}" is no location of Google Cloud`, { hint: "write a region such as europe-west3" });
  }
  const place = location === undefined ? "" : `/locations/${location}`;
  return { secret: `projects/${second}${place}/secrets/${secret}`, project: second, location, version };
}

/** What a URL would resolve, and so ask for something else. */
function isDots(segment: string): boolean {
  return segment === "." || segment === "..";
}

function noSecret(path: string): Error {
  return badRequest(`"${path}" names no secret`, {
    hint: "write <project>/<secret>, or projects/<project>/secrets/<secret>",
  });
}
