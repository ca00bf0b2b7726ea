export interface ServerEvent {
  readonly event: string
  readonly data: string
  readonly id: string | undefined
}

/** Server-sent events of a response; any cut of its bytes gives the same events. Leaving the loop ends the connection. */
export async function* readEvents(response: Response): AsyncGenerator<ServerEvent, void, void> {
  if (response.body === null) return
  let held = ''
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    held = (held + text).replaceAll('\r\n', '\n')
    const blocks = held.split('\n\n')
    held = blocks.pop() ?? ''
    for (const block of blocks) {
      const event = tryEvent(block)
      if (event !== undefined) yield event
    }
  }
}

function tryEvent(block: string): ServerEvent | undefined {
  const fields = new Map<string, string>()
  for (const line of block.split('\n')) {
    const [, name = '', value = ''] = /^([^:]+)(?:: ?(.*))?$/.exec(line) ?? []
    fields.set(name, name === 'data' && fields.has(name) ? `${fields.get(name)}\n${value}` : value)
  }
  const data = fields.get('data')
  return data === undefined ? undefined : { event: fields.get('event') || 'message', data, id: fields.get('id') }
}
