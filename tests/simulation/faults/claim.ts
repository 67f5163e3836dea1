/**
 * Values that faults set for a while. Several may want the same one at once: the newest has its way, and the end
 * of one takes back what that one has set and nothing else.
 */

interface Claimed {
  readonly usual: unknown
  /** Oldest first. */
  readonly values: { readonly value: unknown }[]
}

const claims = new WeakMap<object, Map<PropertyKey, Claimed>>()

/** @returns takes it back; whatever somebody has set without a claim stays */
export function claim<Of extends object, Key extends keyof Of>(of: Of, key: Key, value: Of[Key]): () => void {
  const own = { value }
  const { usual, values } = claimed(of, key)
  values.push(own)
  of[key] = value
  return () => {
    const index = values.indexOf(own)
    if (index < 0) return
    const isNewest = index === values.length - 1
    values.splice(index, 1)
    // What stands there is what was claimed under this name.
    if (isNewest && of[key] === value) of[key] = (values.at(-1) ?? { value: usual }).value as Of[Key]
    if (values.length === 0) claims.get(of)?.delete(key)
  }
}

function claimed<Of extends object>(of: Of, key: keyof Of): Claimed {
  let byKey = claims.get(of)
  if (byKey === undefined) claims.set(of, (byKey = new Map<PropertyKey, Claimed>()))
  let known = byKey.get(key)
  if (known === undefined) byKey.set(key, (known = { usual: of[key], values: [] }))
  return known
}
