/** A few of many, each as likely as any other. */
import type { Chance } from '../../src/testing/virtual/chance.ts'

export function sampleOf<Item>(items: readonly Item[], count: number, luck: Chance): readonly Item[] {
  const left = [...items]
  const drawn: Item[] = []
  while (drawn.length < count && left.length > 0)
    drawn.push(...left.splice(luck.whole(0, left.length - 1), 1))
  return drawn
}
