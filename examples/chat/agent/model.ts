/**
 * A real model behind the same conversation: any endpoint that streams chat completions as OpenAI's does.
 *
 * A model cannot say which word came next. After a restart it is shown its own half answer and asked to go
 * on, which is as good as it gets: nothing that was said is lost or said again by us.
 */
import { entriesOf, findEntry } from 'holdfast/agent'
import type { AgentState, UserEntry } from 'holdfast/agent'
import type { ChatSession } from './answer.ts'
import { isCancelling, stop } from './answer.ts'
import { answerId } from './script.ts'

export interface Model {
  readonly baseUrl: string
  readonly key: string | undefined
  readonly name: string
}

/** The model that the environment names, if it names one. */
export function modelOf(environment: NodeJS.ProcessEnv): Model | undefined {
  const baseUrl = environment['OPENAI_BASE_URL']
  if (baseUrl === undefined || baseUrl === '') return undefined
  return {
    baseUrl: baseUrl.replace(/\/+$/, ''),
    key: environment['OPENAI_API_KEY'],
    name: environment['OPENAI_MODEL'] ?? 'gpt-4o-mini',
  }
}

export async function answerByModel(session: ChatSession, ask: UserEntry, model: Model): Promise<void> {
  const entry = answerId(ask)
  if (findEntry(session.state, entry) === undefined) {
    await session.send({ type: 'entry-open', entry, answers: ask.seq, details: { model: model.name } })
  }
  const begun = findEntry(session.state, entry)
  let index = begun?.role === 'assistant' ? begun.chunks : 0
  try {
    for await (const text of stream(model, promptFor(session.state, ask), session.signal)) {
      if (isCancelling(session.state, ask)) return await stop(session, ask)
      await session.send({ type: 'tokens', entry, text, index: index++ })
    }
    await session.send({ type: 'entry-done', entry })
  } catch (failure) {
    if (session.signal.aborted) throw failure
    const error = failure instanceof Error ? failure.message : 'the model failed'
    await session.send({ type: 'entry-done', entry, outcome: 'failed', error })
  }
}

interface Said {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}

/** The last of the conversation up to the question, and what has already been answered of it. */
export function promptFor(state: AgentState, ask: UserEntry): readonly Said[] {
  const before: Said[] = []
  for (const { id, role, text } of entriesOf(state)) {
    if (id === answerId(ask)) continue
    if (text !== '') before.push({ role, content: text })
    if (id === ask.id) break
  }
  const begun = findEntry(state, answerId(ask))?.text ?? ''
  const rest: readonly Said[] =
    begun === ''
      ? []
      : [
          { role: 'assistant', content: begun },
          {
            role: 'user',
            content:
              'Your answer was cut off. Continue it exactly where it stopped: no repetition, no remark about it.',
          },
        ]
  return [
    { role: 'system', content: 'Answer in plain prose, without markup.' },
    ...before.slice(-40),
    ...rest,
  ]
}

async function* stream(
  model: Model,
  messages: readonly Said[],
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  const response = await fetch(`${model.baseUrl}/chat/completions`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(model.key === undefined ? {} : { authorization: `Bearer ${model.key}` }),
    },
    body: JSON.stringify({ model: model.name, messages, stream: true }),
    signal,
  })
  if (!response.ok || response.body === null) throw new Error(`the model answered ${response.status}`)
  let rest = ''
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + piece).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line.trim() === 'data: [DONE]') return
      const text = tokenIn(line)
      if (text !== '') yield text
    }
  }
}

/** The text that one line of the event stream brings; empty if it brings none. */
export function tokenIn(line: string): string {
  if (!line.startsWith('data:')) return ''
  try {
    const event = JSON.parse(line.slice('data:'.length)) as {
      readonly choices?: readonly { readonly delta?: { readonly content?: unknown } }[]
    }
    const content = event.choices?.[0]?.delta?.content
    return typeof content === 'string' ? content : ''
  } catch {
    return ''
  }
}
