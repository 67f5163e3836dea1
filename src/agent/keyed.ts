/** Values under keys, each kind within its bound. */
import type { Json } from '../base/json.ts'
import type { AgentLimits } from './limits.ts'
import type { Cache, CachedResult, JsonRecord } from './model.ts'

/** Sets a key, or removes it if there is no value; the key set longest ago makes room. */
export function setKey(
  record: JsonRecord,
  key: string,
  value: Json | undefined,
  limits: AgentLimits,
): JsonRecord {
  const rest = Object.entries(record).filter(([one]) => one !== key)
  if (value !== undefined) rest.push([key, value])
  else if (rest.length === Object.keys(record).length) return record
  return Object.fromEntries(rest.slice(Math.max(0, rest.length - limits.keys)))
}

/** Puts a result, or removes it if there is no value; one larger than the whole cache is not kept. */
export function putResult(cache: Cache, key: string, value: Json | undefined, limits: AgentLimits): Cache {
  const others = cache.results.filter((result) => result.key !== key)
  if (value === undefined && others.length === cache.results.length) return cache
  const results: CachedResult[] = [...others]
  if (value !== undefined) {
    const size = JSON.stringify(value).length
    if (size <= limits.cacheSize) results.push({ key, value, size })
  }
  let size = results.reduce((sum, result) => sum + result.size, 0)
  let spare = 0
  for (const result of results) {
    if (size <= limits.cacheSize && results.length - spare <= limits.cachedResults) break
    size -= result.size
    spare += 1
  }
  return { results: results.slice(spare), size }
}
