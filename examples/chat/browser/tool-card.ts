/** A tool call, where the answer made it. */
import type { ToolCall } from 'holdfast/agent'
import { make, write } from './dom.ts'

export interface ToolCard {
  readonly node: HTMLElement
  show(call: ToolCall): void
}

const WORDS: Readonly<Record<ToolCall['phase'], string>> = {
  requested: 'Requested',
  running: 'Running',
  done: 'Done',
  failed: 'Failed',
}

export function createToolCard(): ToolCard {
  const name = make('code', { class: 'tool-name' })
  const phase = make('span', { class: 'tool-phase' })
  const note = make('p', { class: 'tool-note' })
  const bar = make('progress', { max: 1, value: 0, 'aria-label': 'Progress' })
  const input = make('code', { class: 'tool-json' })
  const result = make('code', { class: 'tool-json', 'data-testid': 'tool-result' })
  const node = make(
    'section',
    { class: 'tool', 'data-testid': 'tool-call', 'aria-label': 'Tool call' },
    make('header', { class: 'tool-head' }, name, phase),
    bar,
    note,
    make(
      'dl',
      { class: 'tool-facts' },
      make('dt', {}, 'in'),
      make('dd', {}, input),
      make('dt', {}, 'out'),
      make('dd', {}, result),
    ),
  )
  return {
    node,
    show: (call) => {
      node.dataset['phase'] = call.phase
      write(name, call.name)
      write(phase, WORDS[call.phase])
      write(note, call.error ?? (call.phase === 'done' ? '' : (call.note ?? '')))
      bar.value = call.progress ?? 0
      write(input, inWords(call.input))
      write(result, call.result === undefined ? '' : inWords(call.result))
    },
  }
}

/** JSON without its noise: `station: North Cove, days: 5`. */
export function inWords(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value)) return value.map(inWords).join(', ')
  return Object.entries(value)
    .map(([key, one]) => `${key}: ${typeof one === 'object' ? JSON.stringify(one) : String(one)}`)
    .join(', ')
}
