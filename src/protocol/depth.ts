/**
 * How deep a JSON text is nested, looked for in the text itself, so that no depth overflows a stack.
 */
const [QUOTE, BACKSLASH, BRACKET, BRACE] = [0x22, 0x5c, 0x5b, 0x7b] as const

/** Whether brackets in a JSON text are nested deeper than `most`. */
export function isDeeperThan(text: string, most: number): boolean {
  // Each level takes an opening and a closing bracket.
  if (text.length < 2 * (most + 1)) return false
  let depth = 0
  let isInString = false
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    if (isInString) {
      if (unit === BACKSLASH) index += 1
      else if (unit === QUOTE) isInString = false
    } else if (unit === QUOTE) isInString = true
    else if (unit === BRACKET || unit === BRACE) {
      depth += 1
      if (depth > most) return true
    } else if (unit === BRACKET + 2 || unit === BRACE + 2) depth -= 1
  }
  return false
}
