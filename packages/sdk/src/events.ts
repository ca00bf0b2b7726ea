export interface ServerEvent {
  readonly event: string
  readonly data: string
  readonly id: string | undefined
}

/** Server-sent events of a response; any cut of its bytes gives the same events. Leaving the loop ends the connection. */
export async function* readEvents(response: Response): AsyncGenerator<ServerEvent, void, void> {
  if (response.body === null) return
  // Not `for await`: some browsers cannot walk through a stream so.
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let held = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      held = (held + value).replaceAll('\r\n', '\n')
      const blocks = held.split('\n\n')
      held = blocks.pop() ?? ''
      for (const block of blocks) {
        const event = tryEvent(block)
        if (event !== undefined) yield event
      }
    }
  } finally {
    // A connection that broke cannot be cancelled, and need not be.
    void reader.cancel().catch(() => undefined)
  }
}

function tryEvent(block: string): ServerEvent | undefined {
  const fields = { event: 'message', data: [] as string[], id: undefined as string | undefined }
  for (const line of block.split('\n')) {
    const [, name, value = ''] = /^([^:]+)(?:: ?(.*))?$/.exec(line) ?? []
    if (name === 'data') fields.data.push(value)
    else if (name === 'event') fields.event = value || 'message'
    else if (name === 'id') fields.id = value
  }
  return fields.data.length === 0 ? undefined : { ...fields, data: fields.data.join('\n') }
}
