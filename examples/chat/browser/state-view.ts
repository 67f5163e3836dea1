/** The agent's state, part by part; a part is drawn again only when it has changed. */
import type { AgentState } from 'holdfast/agent'
import { PACES, paceOf } from '../protocol.ts'
import type { Pace } from '../protocol.ts'
import { make } from './dom.ts'
import { inWords } from './tool-card.ts'

type Fact = readonly [name: string, value: string]

interface Part {
  readonly title: string
  readonly empty: string
  readonly of: (state: AgentState) => unknown
  readonly facts: (state: AgentState) => readonly Fact[]
}

const PARTS: readonly Part[] = [
  {
    title: 'Context',
    empty: 'Nothing on its mind',
    of: ({ context }) => context,
    facts: ({ context }) => factsOf(context),
  },
  {
    title: 'Pending',
    empty: 'Nothing begun',
    of: ({ operations }) => operations,
    facts: ({ operations }) => operations.map(({ title }) => ['', title]),
  },
  {
    title: 'Memory',
    empty: 'Remembers nothing yet',
    of: ({ memory }) => memory,
    facts: ({ memory }) => factsOf(memory),
  },
  {
    title: 'Cached results',
    empty: 'Nothing looked up yet',
    of: ({ cache }) => cache,
    facts: ({ cache }) => cache.results.map(({ key, size }) => [key, `${size} characters`]),
  },
  {
    title: 'Session',
    empty: 'Not introduced yet',
    of: ({ metadata }) => metadata,
    facts: ({ metadata: { more, ...known } }) => [...factsOf(known), ...factsOf(more)],
  },
]

function factsOf(record: Readonly<Record<string, unknown>>): readonly Fact[] {
  return Object.entries(record).map(([name, value]) => [name, inWords(value)])
}

/** @param prefer - the user has chosen how fast the agent should speak. */
export function createStateView(
  root: HTMLElement,
  prefer: (pace: Pace) => void,
): (state: AgentState) => void {
  const shown = new Map<string, unknown>()
  const bodies = new Map(
    PARTS.map(({ title }) => [title, make('div', { class: 'facts', 'data-testid': `state-${slug(title)}` })]),
  )
  const pace = make('div', { class: 'choice', role: 'radiogroup', 'aria-label': 'How fast the agent speaks' })
  for (const name of Object.keys(PACES)) {
    const input = make('input', { type: 'radio', name: 'pace', value: name, 'data-testid': `pace-${name}` })
    input.addEventListener('change', () => prefer(paceOf(name)))
    pace.append(make('label', {}, input, make('span', {}, name)))
  }
  root.append(
    section('Preferences', make('div', { class: 'facts' }, make('p', { class: 'fact-name' }, 'pace'), pace)),
    ...PARTS.map(({ title }) => section(title, bodies.get(title) ?? '')),
  )

  return (state) => {
    const chosen = pace.querySelector<HTMLInputElement>(`input[value=${paceOf(state.preferences['pace'])}]`)
    if (chosen !== null) chosen.checked = true
    for (const { title, empty, of, facts } of PARTS) {
      const body = bodies.get(title)
      if (body === undefined || shown.get(title) === of(state)) continue
      shown.set(title, of(state))
      const rows = facts(state)
      body.replaceChildren(
        ...(rows.length === 0
          ? [make('p', { class: 'nothing' }, empty)]
          : rows.map(([name, value]) => row(name, value))),
      )
    }
  }
}

function section(title: string, body: Node | string): HTMLElement {
  return make('section', { class: 'part' }, make('h3', {}, title), body)
}

function row(name: string, value: string): HTMLElement {
  return name === ''
    ? make('p', { class: 'fact only' }, value)
    : make(
        'p',
        { class: 'fact' },
        make('span', { class: 'fact-name' }, name),
        make('span', { class: 'fact-value' }, value),
      )
}

function slug(title: string): string {
  return title.toLowerCase().replaceAll(' ', '-')
}
