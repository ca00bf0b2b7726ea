/** Who is measured: each stands between the load and the same upstream, as a process of its own. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { freePort } from '@parley/testkit'
import { type Child, startChild } from '../scripts/shared/child.ts'
import { tryFindProgram } from '../scripts/shared/find-program.ts'
import { createAccess } from './parley-access.ts'

export interface Subject {
  name: 'direct' | 'nginx' | 'bare' | 'parley'
  title: string
  origin: string
  /** Sent with every request. */
  headers: Record<string, string>
  /** Whose CPU time and memory count; nothing for the upstream itself. */
  pid: number | undefined
  /** Its code is compiled while it runs: it needs many requests before it is what it is for the rest of the day. */
  isCompiledLate: boolean
  stop(): Promise<void>
}

const root = path.resolve(import.meta.dirname, '..')
const upstreamKey = { 'x-api-key': 'upstream-key', authorization: 'Bearer upstream-key' }

export async function startUpstream(): Promise<Child & { origin: string }> {
  const port = await freePort()
  const program = path.join(root, 'packages/testkit/src/main.ts')
  const upstream = await startChild({
    command: process.execPath,
    parameters: [program, '--fast', '--port', String(port)],
    isReady: (child) => child.output().includes(String(port)),
  })
  return { ...upstream, origin: `http://127.0.0.1:${port}` }
}

/** Everything that this machine can run, and why not the rest. */
export async function startSubjects(upstream: string): Promise<{ subjects: Subject[]; missing: string[] }> {
  const subjects: Subject[] = [
    {
      name: 'direct',
      title: 'direct',
      origin: upstream,
      headers: upstreamKey,
      pid: undefined,
      isCompiledLate: false,
      stop: async () => {},
    },
  ]
  const missing: string[] = []
  const nginx = process.env.PARLEY_NGINX || tryFindProgram('nginx', ['/usr/sbin'])
  try {
    if (nginx) subjects.push(await startNginx(nginx, upstream))
    else missing.push('nginx (not on PATH)')
    subjects.push(await startBare(upstream))
    subjects.push(await startParley(upstream))
    return { subjects, missing }
  } catch (error) {
    await Promise.all(subjects.map((subject) => subject.stop()))
    throw error
  }
}

async function startBare(upstream: string): Promise<Subject> {
  const port = await freePort()
  const server = await startChild({
    command: process.execPath,
    parameters: [path.join(root, 'bench/bare.ts'), '--port', String(port), '--upstream', upstream],
    isReady: (child) => child.output().includes('ready'),
  })
  const origin = `http://127.0.0.1:${port}`
  return {
    name: 'bare',
    title: 'bare Fastify + undici',
    origin,
    headers: upstreamKey,
    pid: server.pid,
    isCompiledLate: true,
    stop: server.stop,
  }
}

async function startNginx(program: string, upstream: string): Promise<Subject> {
  const folder = await mkdtemp(path.join(tmpdir(), 'parley-bench-nginx-'))
  const port = await freePort()
  await writeFile(path.join(folder, 'nginx.conf'), nginxSettings(folder, port, upstream))
  const origin = `http://127.0.0.1:${port}`
  const server = await startChild({
    command: program,
    parameters: ['-p', folder, '-e', path.join(folder, 'error.log'), '-c', path.join(folder, 'nginx.conf')],
    isReady: async () => (await fetch(origin)).status > 0,
  })
  const stop = async () => {
    await server.stop()
    await rm(folder, { recursive: true })
  }
  return { name: 'nginx', title: 'nginx', origin, headers: upstreamKey, pid: server.pid, isCompiledLate: false, stop }
}

/** One worker, as the others have one process; no buffering, as streams need; no access log. */
function nginxSettings(folder: string, port: number, upstream: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `
daemon off;
${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 1;
pid ${folder}/nginx.pid;
events { worker_connections 1024; }
http {
  access_log off;
  ${temporary.map((kind) => `${kind}_temp_path ${folder}/${kind};`).join('\n  ')}
  upstream target { server ${new URL(upstream).host}; keepalive 256; }
  server {
    listen 127.0.0.1:${port};
    keepalive_requests 1000000;
    client_max_body_size 16m;
    client_body_buffer_size 256k;
    location / {
      proxy_pass http://target;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_request_buffering off;
    }
  }
}
`
}

/** With everything on: key, limits, account pool, ledger in SQLite, log file. */
async function startParley(upstream: string): Promise<Subject> {
  const folder = await mkdtemp(path.join(tmpdir(), 'parley-bench-data-'))
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const admin = { email: 'bench@example.com', password: `bench-${crypto.randomUUID()}` }
  const server = await startChild({
    command: process.execPath,
    parameters: [path.join(root, 'apps/server/src/main.ts')],
    environment: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: String(port),
      DATA_DIR: folder,
      ADMIN_EMAIL: admin.email,
      ADMIN_PASSWORD: admin.password,
    },
    isReady: async () => (await fetch(`${origin}/api/health`)).ok,
    stopWithinMs: 10_000,
  })
  const stop = async () => {
    await server.stop()
    await rm(folder, { recursive: true })
  }
  try {
    const key = await createAccess(origin, admin, upstream)
    const headers = { 'x-api-key': key, authorization: `Bearer ${key}` }
    return {
      name: 'parley',
      title: 'Parley, everything on',
      origin,
      headers,
      pid: server.pid,
      isCompiledLate: true,
      stop,
    }
  } catch (error) {
    await stop()
    throw new Error(`Parley could not be set up.\n${server.output()}`, { cause: error })
  }
}
