/** What a server's process folds in the scenario of the preserved state. */
import { agentState } from 'holdfast/agent'

export const state = agentState()
