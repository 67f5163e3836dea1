/**
 * What a number of failures in a number of fresh seeds says about all seeds.
 *
 * Each world fails or does not, with the same unknown rate; so failures are Poisson distributed around `rate * seeds`.
 * The bound is the rate above which so few failures would come in only 5 runs of 100. Without a failure that is
 * `-ln(0.05) / seeds`, about `3 / seeds`: the rule of three (Hanley and Lippman-Hand, JAMA 1983).
 */
const DOUBT = 0.05

/** @returns the rate that all seeds fail with at the most, with 95 % confidence; 1 if nothing is known */
export function rateBound(failures: number, seeds: number): number {
  if (seeds === 0) return 1
  let [low, high] = [failures, 10 * failures + 10]
  while (high - low > 1e-9 * high) {
    const expected = (low + high) / 2
    if (probabilityOfAtMost(failures, expected) > DOUBT) low = expected
    else high = expected
  }
  return Math.min(1, high / seeds)
}

/** Poisson: the sum of e^-m m^k / k! for k to `count`. */
function probabilityOfAtMost(count: number, expected: number): number {
  let term = Math.exp(-expected)
  let sum = term
  for (let k = 1; k <= count; k += 1) sum += term *= expected / k
  return sum
}

/** `fewer than 1 world in 3,338 fails (95 % confidence)` */
export function describeRate(failures: number, seeds: number): string {
  const worlds = Math.floor(1 / rateBound(failures, seeds)).toLocaleString('en-US')
  return `fewer than 1 world in ${worlds} fails (95 % confidence)`
}
