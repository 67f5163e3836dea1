/**
 * Which searches are made of the model, and which of its mutants must be found out.
 *
 * Each search has a budget of its own: one with everything at once would be too large to be searched. What needs
 * more kinds of faults at once than any of them allows is left to the simulator.
 */

/**
 * @typedef {object} Search
 * @property {string} name
 * @property {string} about
 * @property {Readonly<Record<string, number>>} budget what the world may do, and how often
 * @property {boolean} [endless] whether to look for a run without an end, in place of a property that fails
 */

/** @type {readonly Search[]} */
export const searches = [
  {
    name: 'resume',
    about: 'two cuts or crashes, two messages up and one down',
    budget: { MAX_FAULTS: 2, UPS: 2, DOWNS: 1 },
  },
  {
    name: 'order',
    about: 'one cut, crash or append that nobody heard of, two messages each way',
    budget: { MAX_FAULTS: 1, ANSWERS_GET_LOST: 1, UPS: 2, DOWNS: 2 },
  },
  {
    name: 'trim',
    about: 'one cut or crash, and a log that has no room',
    budget: { MAX_FAULTS: 1, MAX_TRIMS: 1, UPS: 1, DOWNS: 2 },
  },
  {
    name: 'reset',
    about: 'the log is lost, and a cut or crash besides',
    budget: { MAX_FAULTS: 2, MAX_LOSSES: 1, UPS: 1, DOWNS: 1 },
  },
  {
    name: 'handoff',
    about: 'two lines at once, a cut or a server crash',
    budget: { MAX_FAULTS: 1, MAX_HANDOFFS: 1, MAX_CLIENT_CRASHES: 0, UPS: 1, DOWNS: 2 },
  },
  {
    name: 'handoff-reset',
    about: 'two lines at once, a lost log and a cut',
    budget: {
      MAX_FAULTS: 2,
      MAX_HANDOFFS: 1,
      MAX_LOSSES: 1,
      MAX_CLIENT_CRASHES: 0,
      MAX_SERVER_CRASHES: 0,
      UPS: 1,
      DOWNS: 1,
    },
  },
  {
    name: 'rewound',
    about: 'a crash that takes the newest message from the store, and another crash or a cut',
    budget: {
      MAX_FAULTS: 2,
      MAX_CLIENT_CRASHES: 2,
      MAX_SERVER_CRASHES: 0,
      MAX_REWINDS: 1,
      UPS: 1,
      DOWNS: 1,
    },
  },
  {
    name: 'ends',
    about: 'a hand-off, a trim and a cut, loss or server crash: no run goes on for ever',
    budget: {
      MAX_FAULTS: 1,
      MAX_CLIENT_CRASHES: 0,
      MAX_HANDOFFS: 1,
      MAX_LOSSES: 1,
      MAX_TRIMS: 1,
      UPS: 1,
      DOWNS: 1,
    },
    endless: true,
  },
]

/**
 * @typedef {object} Mutant
 * @property {string} name its name in the model
 * @property {string} search in which search it must be found out
 * @property {string} breaks what it does
 * @property {string} by the number of the property that must fail
 * @property {Readonly<Record<string, number>>} [budget] what it needs beyond its search
 */

/** @type {readonly Mutant[]} */
export const mutants = [
  {
    name: 'ACK_BEFORE_APPEND',
    search: 'order',
    breaks: 'a server acknowledges what is not in the log',
    by: 'I8',
  },
  {
    name: 'ACK_BEFORE_COMMIT',
    search: 'order',
    breaks: 'a client acknowledges what is not in its store',
    by: 'I5',
  },
  {
    name: 'HELLO_BEFORE_COMMIT',
    search: 'order',
    breaks: 'a hello says of what is not in the store that it is',
    by: 'I5',
  },
  {
    name: 'CURSOR_BEFORE_HANDLED',
    search: 'order',
    breaks: 'the cursor is stored before the application is done',
    by: 'I2',
  },
  {
    name: 'TRANSMITS_UNSTORED',
    search: 'order',
    breaks: 'a message goes out before it is in the store',
    by: 'I10',
  },
  {
    name: 'WIRED_NOT_STORED',
    search: 'reset',
    breaks: 'the store does not know what may have been on a wire',
    by: 'I9',
  },
  {
    name: 'WIRED_BEFORE_WELCOME',
    search: 'rewound',
    breaks: 'a number is stored as one that was on a wire before a welcome has proved it',
    by: 'I9',
  },
  {
    name: 'UNKNOWN_IS_THIS_LINES',
    search: 'reset',
    breaks: 'only what this line carried is of unknown fate',
    by: 'I11',
  },
  {
    name: 'GENERATION_NOT_STORED',
    search: 'resume',
    breaks: 'a hello goes out before its generation is stored',
    by: 'I13',
  },
  {
    name: 'NO_GENERATION_CHECK',
    search: 'resume',
    breaks: 'the log takes appends of any generation',
    by: 'I13',
  },
  { name: 'NO_DEDUPE', search: 'resume', breaks: 'the log appends what it has already', by: 'I9' },
  {
    name: 'NO_DEDUPE_AT_CLIENT',
    search: 'handoff',
    breaks: 'a client takes what the other line delivered already',
    by: 'I3',
  },
  {
    name: 'NO_EPOCH_CHECK',
    search: 'reset',
    breaks: 'a server resumes an epoch that is not its own',
    by: 'I15',
  },
  {
    name: 'TRIM_WHEN_SENT',
    search: 'trim',
    breaks: 'the log forgets what was sent, acknowledged or not',
    by: 'I6',
  },
  { name: 'GAP_NOT_TOLD', search: 'trim', breaks: 'what was trimmed is skipped without a word', by: 'I1' },
  {
    name: 'RESET_REUSES_NUMBERS',
    search: 'reset',
    breaks: 'a reset begins below what the client has met',
    by: 'I15',
  },
  {
    name: 'RENUMBERS_AFTER_RESET',
    search: 'reset',
    breaks: 'what is sent again gets a new number',
    by: 'I10',
    budget: { MAX_FAULTS: 1, UPS: 2 },
  },
  { name: 'RESENDS_NOTHING', search: 'resume', breaks: 'what was on its way is not sent again', by: 'I2' },
  {
    name: 'LOST_WELCOME_FORGOTTEN',
    search: 'resume',
    breaks: 'a lost welcome is not repeated but answered by a reset',
    by: 'I15',
  },
  {
    name: 'LATE_DOWN_ACROSS_RESET',
    search: 'handoff-reset',
    breaks: 'a reset is taken by a client that has met more than its hello said',
    by: 'I7',
  },
  {
    name: 'RESET_REPEATED_BLINDLY',
    search: 'handoff-reset',
    breaks: 'a reset is repeated to a client that has met more since',
    by: 'I6',
  },
  {
    name: 'READS_UNFENCED',
    search: 'handoff-reset',
    breaks: 'a server that was replaced reads what its successor wrote',
    by: 'I7',
  },
  {
    name: 'GAP_BEFORE_STORED',
    search: 'reset',
    breaks: 'a gap goes out before the giving up is in the store',
    by: 'I9',
  },
  { name: 'ACKS_FOR_EVER', search: 'ends', breaks: 'a client forgets what it has acknowledged', by: 'I22' },
  {
    name: 'OLD_HELLO_AFTER_LOSS',
    search: 'reset',
    breaks: 'a hello from before a loss is granted after it',
    by: 'I13',
  },
]
