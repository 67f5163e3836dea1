/** What the scripted agent has to say: prose, and the tools that it uses on the way. */
import type { AgentDown } from 'holdfast/agent'

type Json = Extract<AgentDown, { type: 'tool-result'; result: unknown }>['result']

export type Passage =
  | { readonly kind: 'prose'; readonly text: string }
  | {
      readonly kind: 'tool'
      readonly name: string
      readonly input: Json
      /** What it says it is doing, step by step. */
      readonly notes: readonly string[]
      readonly result: Json
    }

export interface Topic {
  readonly name: string
  /** Words that bring the conversation to it. */
  readonly words: readonly string[]
  readonly passages: readonly Passage[]
  /** What the agent remembers of it afterwards. */
  readonly memory: string
}

const prose = (text: string): Passage => ({ kind: 'prose', text })

const tides: Topic = {
  name: 'A dive at low tide',
  words: ['tide', 'dive', 'trip', 'plan', 'weekend'],
  memory: 'Dives at slack water, prefers mornings',
  passages: [
    prose(
      'Let us find a morning when the water is low and slow. Kelp stands upright only while the current rests, so I look for slack water first and for daylight second.\n\n',
    ),
    {
      kind: 'tool',
      name: 'tide_table',
      input: { station: 'North Cove', days: 5 },
      notes: ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday'].map((day) => `Reading ${day}`),
      result: { best: 'Wednesday 07:40', height: '0.3 m', slack: '35 min' },
    },
    prose(
      'Wednesday it is. Low water comes at 07:40 with three tenths of a metre, and the slack lasts about thirty-five minutes. That is long enough for the inner reef and back without hurry.\n\nA plan that leaves room:\n\n  06:50  Meet at the slip, check the weights\n  07:20  In the water, along the wall\n  07:40  Slack: the kelp stands straight, look up\n  08:15  Out, before the current turns\n\nBring a light. Under a closed canopy it is evening at any hour, and the holdfasts at the bottom are where most of the animals live. If the swell is over a metre that morning, stay ashore and have breakfast instead; the reef will be there on Thursday.',
    ),
  ],
}

const sales: Topic = {
  name: 'Last quarter, by region',
  words: ['quarter', 'sales', 'report', 'revenue', 'number', 'analyse', 'analyze'],
  memory: 'Wants figures by region, with the outlier explained',
  passages: [
    prose(
      'I will add up the quarter by region and then look at whatever does not fit. Give me a moment with the warehouse; it holds about four million rows.\n\n',
    ),
    {
      kind: 'tool',
      name: 'run_query',
      input: { table: 'orders', group: 'region', period: 'last quarter' },
      notes: [1, 2, 3, 4, 5, 6].map((part) => `Scanned ${part} of 6 partitions`),
      result: { north: 412, south: 388, east: 127, west: 405, unit: 'thousand' },
    },
    prose(
      'Three regions are within six percent of each other: north at 412 thousand, west at 405, south at 388. East stands apart with 127.\n\nBefore calling that a bad quarter I would rather know whether it is a bad quarter or a missing month.\n\n',
    ),
    {
      kind: 'tool',
      name: 'run_query',
      input: { table: 'orders', group: 'month', region: 'east' },
      notes: ['Reading the first month', 'Reading the second month', 'Reading the third month'],
      result: { first: 127, second: 0, third: 0, unit: 'thousand' },
    },
    prose(
      'There it is. The east sold 127 thousand in the first month and nothing at all in the two after it, which no market does. Orders there moved to the new billing system at the end of that month, and the warehouse still reads the old one.\n\nSo the quarter is not weak, it is incomplete. If the east went on as it began, it comes in near 380 thousand, and the total near 1.58 million: level with the quarter before. I would fix the import first and write the report second.',
    ),
  ],
}

const restarts: Topic = {
  name: 'What a restart is like from in here',
  words: ['restart', 'crash', 'server', 'survive', 'lose', 'happen', 'work', 'how'],
  memory: 'Curious about restarts; likes to press the buttons',
  passages: [
    prose(
      'Press one of the buttons while I talk, and watch this sentence. I am a process on a server, and a process can end between any two words.\n\nEverything I say is numbered and written to a log before it is sent. You acknowledge what you have stored, not what you have merely seen. So when I am gone in the middle of a line, there is never a question of where we were: your number and mine say so.\n\n',
    ),
    {
      kind: 'tool',
      name: 'read_log',
      input: { session: 'this one', last: 4 },
      notes: ['Opening the log', 'Checking the numbers', 'Comparing both ends', 'Nothing is missing'],
      result: { lost: 0, doubled: 0, disordered: 0 },
    },
    prose(
      'Whoever comes after me reads the log and finds this answer half said. It looks at the last word that was written down, and says the next one. It does not begin again, and it does not guess.\n\nThe same holds on your side. Reload the page in the middle of this paragraph: what you have read is painted from your own disk before the network is up, and the rest arrives behind it.\n\nAnd should the server lose its memory altogether, it says so, you hand back what you kept, and the conversation goes on. That is all there is to it: nobody forgets, and nobody pretends.',
    ),
  ],
}

const kelp: Topic = {
  name: 'Why a holdfast',
  words: ['kelp', 'holdfast', 'name', 'sea', 'plant', 'ocean'],
  memory: 'Knows what a holdfast is',
  passages: [
    prose(
      'A holdfast is how a kelp stays. It looks like a root but it drinks nothing; its one task is to hold. Dozens of fingers grip the rock, each grown into the smallest hollow it could find, and every storm that does not tear it loose only presses it closer.\n\n',
    ),
    {
      kind: 'tool',
      name: 'field_notes',
      input: { species: 'Macrocystis pyrifera', part: 'holdfast' },
      notes: ['Leafing through the notes', 'Counting the fingers', 'Measuring the grip'],
      result: { age: '7 years', fingers: 214, blade: '31 m' },
    },
    prose(
      'One in my notes was seven years old, had two hundred and fourteen fingers, and held a plant of thirty-one metres. Up at the surface everything had been torn off and grown back many times. Down at the rock nothing had moved.\n\nIt is a good picture for a session. Connections are the blades: they come and go with the weather. What you agreed on, who you are, which word came last, that is kept at the rock.',
    ),
  ],
}

const TOPICS: readonly Topic[] = [tides, sales, kelp, restarts]

/** The topic that a text is about; the one about restarts, if none. */
export function topicOf(text: string): Topic {
  const lower = text.toLowerCase()
  const hits = (topic: Topic): number => topic.words.filter((word) => lower.includes(word)).length
  return TOPICS.reduce((best, topic) => (hits(topic) > hits(best) ? topic : best), restarts)
}
