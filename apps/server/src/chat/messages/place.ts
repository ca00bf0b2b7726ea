export interface Place {
  readonly userId: string
  readonly conversationId: string
  readonly messageId: string
}

/** `version`: the conversation's, as its writer has seen it; changed only if it is still that one. */
export interface SeenPlace extends Place {
  readonly version?: number | undefined
}
