const leaseMs = 10_000
const pollMs = 60

/**
 * Runs `work` in one tab at a time. Browsers have locks on secure origins only; on plain HTTP a lease in the shared storage
 * does it, which two tabs could both get only by writing within the same few milliseconds twice.
 */
export async function exclusively<T>(name: string, work: () => Promise<T>): Promise<T> {
  const locks = (navigator as { locks?: LockManager }).locks
  if (locks !== undefined) return await locks.request(`parley.${name}`, work)
  const key = `parley.lease.${name}`
  const own = `${Math.random()}`
  while (!(await tryLease(key, own))) await pause(pollMs)
  try {
    return await work()
  } finally {
    if (localStorage.getItem(key)?.startsWith(own) === true) localStorage.removeItem(key)
  }
}

async function tryLease(key: string, own: string): Promise<boolean> {
  const until = Number(localStorage.getItem(key)?.split(' ')[1] ?? 0)
  if (until > Date.now()) return false
  localStorage.setItem(key, `${own} ${Date.now() + leaseMs}`)
  await pause(pollMs / 2)
  return localStorage.getItem(key)?.startsWith(own) === true
}

async function pause(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds))
}
