/** The buttons that break things, and the news of what became of it. */
import type { LauncherNews, Trouble } from '../protocol.ts'
import { byId, make } from './dom.ts'

type Button = Trouble | 'offline' | 'reload'

const BUTTONS: readonly { readonly name: Button; readonly title: string; readonly what: string }[] = [
  { name: 'restart', title: 'Restart', what: 'Announced. Gone for about two seconds.' },
  { name: 'deploy', title: 'Deploy', what: 'The new server first, then the old one goes.' },
  { name: 'kill', title: 'Kill −9', what: 'No warning. Replaced after three seconds.' },
  { name: 'hang', title: 'Freeze', what: 'Holds the line for 20 s and says nothing.' },
  { name: 'forget', title: 'Erase memory', what: 'The log is emptied; only this page knows.' },
  { name: 'offline', title: 'Cut me off', what: 'This page’s line is cut at the proxy for 15 s.' },
  { name: 'reload', title: 'Reload', what: 'This page, in mid-sentence if you like.' },
]

export interface ControlOptions {
  readonly browser: string
  readonly pressed: (button: Button) => void
  readonly news: (news: LauncherNews) => void
  readonly refused: (words: string) => void
}

export function createControls({ browser, pressed, news, refused }: ControlOptions): void {
  const token = document.querySelector<HTMLMetaElement>('meta[name=control-token]')?.content ?? ''
  const buttons = new Map<Button, HTMLButtonElement>()

  const ask = async (name: Button): Promise<void> => {
    const answer = await fetch(`/control/${name}?browser=${encodeURIComponent(browser)}`, {
      method: 'POST',
      headers: { 'x-control-token': token },
    }).catch(() => undefined)
    if (answer === undefined) refused('The demo itself has stopped. Start it again with npm start.')
    else if (answer.status === 409)
      refused('One thing at a time: the servers are still busy with the last one.')
    else if (!answer.ok) refused('The demo was started anew. Reload this page.')
  }

  for (const { name, title, what } of BUTTONS) {
    const button = make(
      'button',
      { type: 'button', class: 'trouble', 'data-testid': `break-${name}`, title: what },
      make('strong', {}, title),
      make('span', {}, what),
    )
    button.addEventListener('click', () => {
      pressed(name)
      if (name === 'reload') location.reload()
      else void ask(name)
    })
    buttons.set(name, button)
    byId('troubles').append(button)
  }

  const source = new EventSource(`/control/news?token=${token}`)
  source.onmessage = ({ data }) => {
    // The launcher is the same release as this page, and writes nothing else.
    const latest = JSON.parse(String(data)) as LauncherNews
    for (const [name, button] of buttons) {
      button.setAttribute('aria-busy', String(latest.busy === name))
      const serverButton = name !== 'offline' && name !== 'reload'
      button.disabled = serverButton && (latest.busy !== undefined || latest.current === undefined)
    }
    news(latest)
  }
}
