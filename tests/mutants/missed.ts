/**
 * Mutants that the simulation does not find yet, and what it would take: a fault that it does not know, or a law
 * that it does not look at. They are not counted. Whoever teaches it more takes the line out.
 */
export const MISSED: Readonly<Record<string, string>> = {}
