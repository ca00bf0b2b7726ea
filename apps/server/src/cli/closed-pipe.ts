/**
 * Who reads what a command says may stop reading, as `head` does: that is no failure. The command does what it was asked
 * to, and says the rest to nobody.
 */
export function tolerateClosedPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  }
}
