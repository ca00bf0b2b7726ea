import type { Chat } from './chat/chat.ts'
import type { Log } from './config/log.ts'
import type { Ledger } from './ledger/ledger.ts'
import type { ServerNode } from './store/node.ts'

/**
 * What nodes that died left behind: their open calls are settled and their runs ended, with the text that was seen. Looked
 * for at start-up, before anything is served, and then for as long as this node lives.
 */
export interface RecoveryParts {
  readonly node: Pick<ServerNode, 'deadNodes'>
  readonly ledger: Pick<Ledger, 'recover'>
  readonly chat: Pick<Chat, 'recoverRuns'>
  readonly log: Log
}

/** Four heart-beats missed. */
const silentForMs = 20_000
const lookEveryMs = 5_000

export async function startRecovery({ node, ledger, chat, log }: RecoveryParts): Promise<AsyncDisposable> {
  const recover = async (): Promise<void> => {
    const dead = await node.deadNodes(silentForMs)
    if (dead.length === 0) return
    const calls = await ledger.recover(dead)
    const runs = await chat.recoverRuns(dead)
    if (calls + runs > 0) log.warn({ calls, runs }, 'settled what a dead process left open')
  }
  await recover()

  let looking = Promise.resolve()
  const timer = setInterval(() => {
    looking = looking.then(recover).catch((err: unknown) => log.error({ err }, 'recovery failed, trying again'))
  }, lookEveryMs).unref()
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await looking
    },
  }
}
