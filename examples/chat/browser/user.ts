/** What the user can do beside breaking things: say, stop, start over, look closer. */
import { byId, make } from './dom.ts'
import { MARKS } from './marks.ts'

export interface UserOptions {
  readonly say: (text: string) => void
  readonly stop: () => void
  readonly startOver: () => void
}

const SUGGESTIONS = [
  'What is a restart like for you?',
  'Plan a dive at low tide',
  'How did last quarter go?',
  'Why the name?',
]

export function createUser({ say, stop, startOver }: UserOptions): void {
  const field = byId<HTMLTextAreaElement>('say')

  byId<HTMLFormElement>('composer').addEventListener('submit', (event) => {
    event.preventDefault()
    const text = field.value.trim()
    if (text === '') return
    field.value = ''
    say(text)
  })
  field.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    byId<HTMLFormElement>('composer').requestSubmit()
  })
  byId('stop').addEventListener('click', stop)
  byId('start-over').addEventListener('click', startOver)
  for (const text of SUGGESTIONS) {
    const suggestion = make(
      'button',
      { type: 'button', class: 'suggestion', 'data-testid': 'suggestion' },
      text,
    )
    suggestion.addEventListener('click', () => say(text))
    byId('suggestions').append(suggestion)
  }
  const showKnown = (isShown: boolean): void => {
    document.body.classList.toggle('knows-shown', isShown)
    byId(isShown ? 'knows-close' : 'knows-open').focus()
  }
  byId('knows-open').addEventListener('click', () => showKnown(true))
  byId('knows-close').addEventListener('click', () => showKnown(false))
  addEventListener('keydown', ({ key }) => {
    if (key === 'Escape' && document.body.classList.contains('knows-shown')) showKnown(false)
  })
  byId('marks-legend').append(
    ...(['accepted', 'stored', 'sent', 'acknowledged'] as const).map((state) =>
      make('span', { title: MARKS[state].meaning }, make('i', { class: `tick ${state}` }), MARKS[state].word),
    ),
  )
}
