/**
 * A process started for somebody stops when that somebody is gone, in good order (SIGTERM to itself): otherwise a
 * server would stay behind, holding its port and its data folder.
 */
const checkEveryMs = 250

/** The parent's end is seen at once through the channel it opened, if it opened one. */
export function stopWhenChannelCloses() {
  if (!process.channel) return
  process.on('disconnect', stopMyself)
  process.channel.unref()
}

/** For a parent that opened no channel, as npm's shell: it forwards no signal, so `kill <npm>` would not get here. */
export function stopWhenOrphaned() {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    stopMyself()
  }, checkEveryMs)
  timer.unref()
}

function stopMyself() {
  process.kill(process.pid, 'SIGTERM')
}
