/** The door to a ready model of an agent's session: conversation, tools, memory, and the words they grow by. */
export { agentState } from './agent/agent-state.ts'
export { entriesOf, findEntry, isOpen, nextAsk, userEntryId } from './agent/conversation.ts'
export { findToolCall, toolCallsOf } from './agent/tools.ts'
export { AGENT_LIMITS } from './agent/limits.ts'
export type { AgentLimits } from './agent/limits.ts'
export type { AgentDown, AgentUp, ToolResult } from './agent/messages.ts'
export type {
  AgentState,
  AssistantEntry,
  AssistantPhase,
  Cache,
  CachedResult,
  Conversation,
  Entry as ConversationEntry,
  JsonRecord,
  Metadata,
  Operation,
  ToolCall,
  Tools,
  UserEntry,
} from './agent/model.ts'
export type { Paged } from './agent/paged.ts'
