/**
 * What a server costs, from the operating system: CPU time of all threads of all its processes, and the most memory
 * they ever had. Only Linux tells (`/proc`); elsewhere there are no figures rather than wrong ones.
 */
import { readFileSync } from 'node:fs'
import { processTree } from '../scripts/shared/process-tree.ts'

/** Linux counts in hundredths of a second for user space, whatever the kernel does inside. */
const microsecondsPerTick = 10_000

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
  // The name, in brackets, may hold blanks: fields are counted from behind it. utime and stime are fields 14 and 15.
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const peak = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return {
    cpuMicroseconds: (Number(fields[11]) + Number(fields[12])) * microsecondsPerTick,
    peakKilobytes: Number(peak?.[1] ?? 0),
  }
}
