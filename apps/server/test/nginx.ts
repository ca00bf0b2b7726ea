/** A real nginx with the configuration that is shipped: only addresses and files are put in. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createCertificate, fetchWhole, freePort } from '@parley/testkit'

const places = ['/usr/sbin', '/usr/bin', '/usr/local/sbin', '/usr/local/bin', '/opt/homebrew/bin']
const program = places.map((place) => path.join(place, 'nginx')).find((file) => existsSync(file))
/** Why it cannot be tried here. */
export const withoutNginx = program === undefined ? 'no nginx on this machine' : false
const repository = path.resolve(import.meta.dirname, '../../..')
const shipped = path.join(repository, 'deploy/nginx')

export interface Proxy extends AsyncDisposable {
  readonly url: string
  readonly plainUrl: string
}

/** `name` is the configuration; what it names of the machine it runs on is replaced by what this machine has. `edit`: what its operator does. */
export async function startNginx(
  name: 'parley.conf' | 'balancer.conf',
  servers: readonly string[],
  edit: (configuration: string) => string = (configuration) => configuration,
): Promise<Proxy> {
  const folder = mkdtempSync(path.join(tmpdir(), 'parley-nginx-'))
  const [port, plainPort] = [await freePort(), await freePort()]
  const isTls = name === 'parley.conf'
  const { key, cert } = createCertificate()
  writeFileSync(path.join(folder, 'key.pem'), key)
  writeFileSync(path.join(folder, 'cert.pem'), cert)
  for (const file of ['parley-http.conf', 'parley-locations.conf', name]) {
    let text = readFileSync(path.join(shipped, file), 'utf8')
      .replaceAll('/etc/nginx/parley-', `${folder}/parley-`)
      .replaceAll('/srv/parley', repository)
      .replace(/\/etc\/nginx\/certificates\/\S+\.crt/, `${folder}/cert.pem`)
      .replace(/\/etc\/nginx\/certificates\/\S+\.key/, `${folder}/key.pem`)
      .replace('listen 443', `listen 127.0.0.1:${port}`)
      .replace('listen 80', `listen 127.0.0.1:${isTls ? plainPort : port}`)
    for (const [index, given] of ['127.0.0.1:3000', 'node-1:3000', 'node-2:3000'].entries()) {
      text = text.replace(`server ${given}`, `server ${servers[Math.max(0, index - 1)]}`)
    }
    writeFileSync(path.join(folder, file), edit(text))
  }
  mkdirSync(path.join(folder, 'temporary'))
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (each) => `${each}_temp_path ${folder}/temporary/${each};`,
  )
  const isRoot = process.getuid?.() === 0
  writeFileSync(
    path.join(folder, 'nginx.conf'),
    `daemon off;\n${isRoot ? 'user root;\n' : ''}pid ${folder}/nginx.pid;\nerror_log stderr warn;\nevents {}\n` +
      `http {\naccess_log off;\n${temporary.join('\n')}\ninclude ${folder}/${name};\n}\n`,
  )
  const url = `${isTls ? 'https' : 'http'}://127.0.0.1:${port}`
  const child = spawn(program ?? '', ['-p', folder, '-c', path.join(folder, 'nginx.conf'), '-e', 'stderr'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  await untilItAnswers(child, `${url}/health`)
  return {
    url,
    plainUrl: `http://127.0.0.1:${plainPort}`,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'exit')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function untilItAnswers(child: ChildProcess, url: string): Promise<void> {
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  for (;;) {
    assert.equal(child.exitCode, null, `nginx did not start: ${said}`)
    const answer = await fetchWhole(url, { isInsecure: true }).catch((error: NodeJS.ErrnoException) => error)
    if ('status' in answer && answer.status === 200) return
    await sleep(20)
  }
}
