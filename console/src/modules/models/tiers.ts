/** A fall-back chain: tiers that are tried one after the other, and in each tier equals that take turns. Pure. */

export type Tiers = readonly (readonly string[])[];

/** Puts a model into a tier, at its end; a number of tiers as `tier` begins a new one. It leaves where it was. */
export function put(tiers: Tiers, model: string, tier: number): Tiers {
  const wanted = tiers.map((names, at) => [...names.filter((name) => name !== model), ...(at === tier ? [model] : [])]);
  return whole(tier >= tiers.length ? [...wanted, [model]] : wanted);
}

/** Takes a model out. */
export function without(tiers: Tiers, model: string): Tiers {
  return whole(tiers.map((names) => names.filter((name) => name !== model)));
}

/** Moves a tier up (-1) or down (1); at the ends nothing changes. */
export function shifted(tiers: Tiers, tier: number, by: -1 | 1): Tiers {
  const [one, other] = [tiers[tier], tiers[tier + by]];
  if (!one || !other) return tiers;
  return tiers.map((names, at) => (at === tier ? other : at === tier + by ? one : names));
}

function whole(tiers: Tiers): Tiers {
  return tiers.filter((names) => names.length > 0);
}
