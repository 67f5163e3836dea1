/** The few strokes that the page is drawn with. */

/** The element of an id that is in the page's HTML. */
export function byId<Kind extends Element = HTMLElement>(id: string): Kind {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`the page has no #${id}`)
  // The id stands in index.html on an element of that kind.
  return found as unknown as Kind
}

type Attributes = Readonly<Record<string, string | number | undefined>>

export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name)
  setAll(made, attributes)
  made.append(...children)
  return made
}

export function draw<Name extends keyof SVGElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): SVGElementTagNameMap[Name] {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name)
  setAll(made, attributes)
  made.append(...children)
  return made
}

/** Writes a text only where it differs, so that nothing is repainted or read aloud for nothing. */
export function write(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text
}

function setAll(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) element.setAttribute(name, String(value))
  }
}
