import { type Command, Redis } from 'ioredis'

const commandTimeoutMs = 1_000

type WriteStream = Parameters<Redis['sendCommand']>[1]

/**
 * A connection whose commands fail when Redis does not answer within a second. ioredis' own time-out would count a second
 * in which this process was busy with something else and never looked: here an answer that has arrived is read first.
 */
export class PatientRedis extends Redis {
  override sendCommand(command: Command, stream?: WriteStream): unknown {
    const timer = setTimeout(() => setImmediate(expire, command), commandTimeoutMs)
    const stop = () => clearTimeout(timer)
    command.promise.then(stop, stop)
    return super.sendCommand(command, stream)
  }
}

/** Sockets are read between timers and this. */
function expire(command: Command): void {
  if (!command.isResolved) command.reject(new Error('Command timed out'))
}
