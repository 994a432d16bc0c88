/**
 * The installer of a release: `install.sh` with the address of the releases written into it. Throws when the text has no
 * place for it.
 *
 * @param template the text of `release/install.sh`
 * @param baseUrl as in `Release.baseUrl`
 */
export function installerOf(template: string, baseUrl: string): string {
  const place = "default_base=''\n";
  if (template.split(place).length !== 2) throw new Error(`install.sh has not one line "${place.trim()}"`);
  // In single quotes a shell expands nothing.
  if (!/^https?:\/\/[^\s']+$/.test(baseUrl)) throw new Error(`"${baseUrl}" is no address of releases`);
  return template.replace(place, () => `default_base='${baseUrl.replace(/\/+$/, "")}'\n`);
}
