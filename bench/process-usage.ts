/**
 * What a server costs, from the operating system: CPU time of all threads of all its processes, and the most memory
 * they ever had. Only Linux tells (`/proc`); elsewhere there are no figures rather than wrong ones.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { processTree } from '../scripts/shared/process-tree.ts'

export interface ProcessUsage {
  cpuMicroseconds: number
  peakKilobytes: number
}

export function tryReadUsage(pid: number): ProcessUsage | undefined {
  if (process.platform !== 'linux') return undefined
  const usages = processTree(pid).map(readUsage)
  return {
    cpuMicroseconds: usages.reduce((sum, usage) => sum + usage.cpuMicroseconds, 0),
    peakKilobytes: usages.reduce((sum, usage) => sum + usage.peakKilobytes, 0),
  }
}

function readUsage(pid: number): ProcessUsage {
  const peak = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return { cpuMicroseconds: cpuNanosecondsOf(pid) / 1000, peakKilobytes: Number(peak?.[1] ?? 0) }
}

/**
 * Of the threads that are there: `schedstat` says it to the nanosecond, `stat` only to the hundredth of a second, which is a
 * twentieth of what a bare request costs in a short round. Servers end no threads while they serve.
 */
function cpuNanosecondsOf(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`)
  const times = threads.map((id) => Number(readFileSync(`/proc/${pid}/task/${id}/schedstat`, 'utf8').split(' ')[0]))
  return times.reduce((sum, time) => sum + time, 0)
}
