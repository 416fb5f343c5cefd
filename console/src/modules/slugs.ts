/** Names that become part of addresses: the daemon's own rule, so that a form can say it at once. */
export function isSlug(name: string): boolean {
  return /^[a-z][a-z0-9-]{0,38}$/.test(name);
}
