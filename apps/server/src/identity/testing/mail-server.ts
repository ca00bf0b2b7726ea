/** A mail server for tests: it speaks SMTP on a free port, takes what it is given, and shows it. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

export interface ReceivedMail {
  readonly from: string
  readonly to: readonly string[]
  /** Headers and text, as decoded from quoted-printable. */
  readonly text: string
}

export interface MailServer extends AsyncDisposable {
  readonly url: string
  readonly received: readonly ReceivedMail[]
  /** From now on every mail is refused. */
  refuse(): void
}

export async function startMailServer(): Promise<MailServer> {
  const received: ReceivedMail[] = []
  const sockets = new Set<Socket>()
  let isRefusing = false
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    serve(socket, { isRefusing: () => isRefusing, take: (mail) => received.push(mail) })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `smtp://127.0.0.1:${port}`,
    received,
    refuse: () => {
      isRefusing = true
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

interface Handling {
  readonly isRefusing: () => boolean
  readonly take: (mail: ReceivedMail) => void
}

function serve(socket: Socket, { isRefusing, take }: Handling): void {
  let rest = ''
  let from = ''
  let to: string[] = []
  let content: string[] | undefined
  const say = (line: string) => socket.write(`${line}\r\n`)
  const readLine = (line: string) => {
    if (content !== undefined) {
      if (line !== '.') content.push(line.replace(/^\.\./, '.'))
      else {
        take({ from, to, text: decode(content.join('\n')) })
        content = undefined
        say('250 taken')
      }
      return
    }
    const [command = ''] = line.toUpperCase().split(' ')
    const address = /<([^>]*)>/.exec(line)?.[1] ?? ''
    if (command === 'MAIL') {
      from = address
      to = []
      say(isRefusing() ? '550 no' : '250 ok')
    } else if (command === 'RCPT') {
      to.push(address)
      say('250 ok')
    } else if (command === 'DATA') {
      content = []
      say('354 go on')
    } else if (command === 'QUIT') {
      socket.end('221 bye\r\n')
    } else say('250 ok')
  }
  socket.setEncoding('utf8')
  say('220 test')
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\r\n')
    rest = lines.pop() ?? ''
    for (const line of lines) readLine(line)
  })
}

function decode(text: string): string {
  const [, encoding] = /^content-transfer-encoding: *(\S+)/im.exec(text) ?? []
  const end = text.indexOf('\n\n')
  const [headers, body] = [text.slice(0, end), text.slice(end + 2)]
  if (encoding?.toLowerCase() === 'base64') return `${headers}\n\n${Buffer.from(body, 'base64').toString()}`
  if (encoding?.toLowerCase() !== 'quoted-printable') return text
  const bytes = body.replaceAll('=\n', '').replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => `%${hex}`)
  return `${headers}\n\n${bytes.replaceAll(/(?:%[0-9A-F]{2})+/g, decodeURIComponent)}`
}
