/**
 * The situations that the model provides for, apart from those of its mutants: each must be met in some search.
 */

/** @returns {readonly string[]} */
export function situationsIn(/** @type {string} */ model) {
  const matches = withoutMutants(model).matchAll(/SOMETIMES(?:_IF)?\((?:.*, )?"(.*?)"\)/g)
  return [...new Set([...matches].map((match) => match[1] ?? ''))]
}

/** What is left for the compiler if no mutant is defined; of any other condition both branches. */
function withoutMutants(/** @type {string} */ model) {
  /** @type {{ isMutant: boolean, isOut: boolean }[]} the conditions that are open */
  const open = []
  return model
    .split('\n')
    .filter((line) => {
      const [, word, rest = ''] = /^\s*#\s*(ifdef|ifndef|if|else|endif)\b(.*)$/.exec(line) ?? []
      if (word === undefined) return !open.some(({ isOut }) => isOut)
      const last = word === 'else' || word === 'endif' ? open.pop() : undefined
      if (last !== undefined && word === 'else') open.push({ ...last, isOut: last.isMutant && !last.isOut })
      const isMutant = rest.includes('MUTANT_')
      if (word.startsWith('if')) open.push({ isMutant, isOut: isMutant && word !== 'ifndef' })
      return false
    })
    .join('\n')
}
