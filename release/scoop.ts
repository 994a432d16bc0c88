import { checksumOf, downloadUrl, type Release } from "./download.ts";

/** The manifest `configmanager.json` of a Scoop bucket; Scoop's own updater takes later checksums from `SHA256SUMS`. */
export function scoopManifest(release: Release): string {
  const { version, homepage, baseUrl } = release;
  const platforms = [
    ["64bit", "configmanager-windows-amd64.exe"],
    ["arm64", "configmanager-windows-arm64.exe"],
  ] as const;
  const manifest = {
    version,
    description: "Replaces tokens in config files by values of secret and parameter stores",
    homepage,
    license: "MIT",
    architecture: Object.fromEntries(
      platforms.map(([name, file]) => [
        name,
        { url: renamed(downloadUrl(release, file)), hash: checksumOf(release, file) },
      ]),
    ),
    bin: "configmanager.exe",
    checkver: { github: homepage },
    autoupdate: {
      architecture: Object.fromEntries(
        platforms.map(([name, file]) => [name, { url: renamed(downloadUrl({ baseUrl, version: "$version" }, file)) }]),
      ),
      hash: { url: "$baseurl/SHA256SUMS" },
    },
  };
  return `${JSON.stringify(manifest, undefined, 4)}\n`;
}

/** Scoop saves a download under the name behind `#/`. */
function renamed(url: string): string {
  return `${url}#/configmanager.exe`;
}
