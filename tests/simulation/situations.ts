/** What must happen sometimes, or the simulation has not been where it says it was. */
export const SITUATIONS = ['resumed'] as const

export type Situation = (typeof SITUATIONS)[number]
