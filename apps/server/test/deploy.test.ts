/** What can be said about the files in `deploy` without Docker: that they are well formed, and speak of settings, files and metrics that exist. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import { fetchWhole } from '@parley/testkit'
import { parse } from 'yaml'
import { startServer } from './harness.ts'
import { longestWaitMs } from '../src/cli/service-process.ts'
import { createConfig } from '../src/config/config.ts'
import { variables } from '../src/config/env.ts'
import { envExample, exampleFile } from '../src/config/env-example.ts'

const root = path.resolve(import.meta.dirname, '../../..')
const folder = path.join(root, 'deploy')
const dataFolder = mkdtempSync(path.join(tmpdir(), 'parley-deploy-'))
after(() => rm(dataFolder, { recursive: true, force: true }))

const read = (name: string) => readFileSync(path.join(folder, name), 'utf8')
const settings = new Set<string>(Object.values(variables).flatMap((group) => Object.keys(group)))
/** A stop in good order, and a moment to write and close what is left. */
const stopMs = longestWaitMs(Number(variables['The server'].SHUTDOWN_TIMEOUT_MS.fallback)) + 5_000
/** What the launcher and Node read themselves. */
const otherNames = ['NODE_ENV', 'PARLEY_NO_INSTALL', 'PARLEY_NO_BUILD']

function assertSettings(names: readonly string[], where: string): void {
  assert.ok(names.length > 0, where)
  for (const name of names) assert.ok(settings.has(name) || otherNames.includes(name), `${where}: no setting ${name}`)
}

interface Service {
  readonly image?: string
  readonly build?: { readonly context: string; readonly dockerfile: string }
  readonly profiles?: readonly string[]
  readonly environment?: { readonly [name: string]: string }
  readonly volumes?: readonly string[]
  readonly depends_on?: readonly string[] | { readonly [name: string]: object }
  readonly healthcheck?: object
  readonly stop_grace_period?: string
}

interface Compose {
  readonly services: { readonly [name: string]: Service }
  readonly volumes: { readonly [name: string]: null }
}

describe('.env.example', () => {
  it('is what the table of settings says: `node apps/server/src/config/env-example.ts` writes it', () => {
    assert.equal(readFileSync(exampleFile, 'utf8'), envExample())
  })

  it('starts a server when it is copied as it is, and when every default in it is said', () => {
    assert.doesNotThrow(() => createConfig({ DATA_DIR: dataFolder }))
    const said = [...envExample().matchAll(/^# ([A-Z_]+)=(.+)$/gm)].map(([, name, value]) => [name, value] as const)
    assert.ok(said.length > 20)
    createConfig({ ...Object.fromEntries(said), DATA_DIR: dataFolder })
  })
})

describe('docker-compose.yml', () => {
  const compose = parse(read('docker-compose.yml'), { merge: true }) as Compose
  const servers = Object.entries(compose.services).filter(([, { build }]) => build !== undefined)

  it('starts one container without a profile', () => {
    const plain = Object.entries(compose.services).filter(([, { profiles }]) => profiles === undefined)
    assert.deepEqual(
      plain.map(([name]) => name),
      ['parley'],
    )
  })

  it('gives servers settings that exist and are good', () => {
    assert.deepEqual(
      servers.map(([name]) => name),
      ['parley', 'node-1', 'node-2'],
    )
    for (const [name, { environment = {} }] of servers) {
      assertSettings(Object.keys(environment), name)
      const filled = Object.entries(environment).map(([key, value]) => [key, value.replace(/\$\{\w+:-(\w*)\}/g, '$1')])
      const config = createConfig({ ...Object.fromEntries(filled), DATA_DIR: dataFolder })
      assert.equal(config.host, '0.0.0.0')
      assert.deepEqual(
        [config.database.kind, config.state.kind],
        name === 'parley' ? ['sqlite', 'memory'] : ['postgres', 'redis'],
      )
    }
  })

  it('gives servers the time that a stop may take', () => {
    for (const [name, { stop_grace_period: period = '' }] of servers) {
      assert.match(period, /^\d+s$/, name)
      assert.ok(Number.parseInt(period, 10) * 1000 >= stopMs, name)
    }
  })

  it('speaks of files, volumes and services that exist', () => {
    for (const [name, service] of Object.entries(compose.services)) {
      for (const volume of service.volumes ?? []) {
        const [source = ''] = volume.split(':')
        const isThere = source.startsWith('.') ? existsSync(path.join(folder, source)) : source in compose.volumes
        assert.ok(isThere, `${name}: ${source}`)
      }
      const needed = Array.isArray(service.depends_on) ? service.depends_on : Object.keys(service.depends_on ?? {})
      for (const other of needed) {
        assert.deepEqual(compose.services[String(other)]?.profiles, service.profiles, `${name} needs ${String(other)}`)
      }
      if (service.build) assert.ok(existsSync(path.join(folder, service.build.context, service.build.dockerfile)))
    }
  })
})

describe('Dockerfile', () => {
  const lines = read('Dockerfile').split('\n')

  it('copies what exists, and what .dockerignore lets through', () => {
    const allowed = [...read('Dockerfile.dockerignore').matchAll(/^!(.+)$/gm)].map(([, name]) => name ?? '')
    const copied = lines
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from'))
      .flatMap((line) => line.split(/\s+/).slice(1, -1))
    assert.ok(copied.length > 8)
    for (const name of copied) {
      assert.ok(existsSync(path.join(root, name)), name)
      assert.ok(
        allowed.some((each) => name === each || name.startsWith(`${each}/`)),
        `${name} is ignored`,
      )
    }
  })

  it('has the programs that back up the PostgreSQL of docker-compose.yml: older ones refuse it', () => {
    const { services } = parse(read('docker-compose.yml'), { merge: true }) as Compose
    const server = /^postgres:(\d+)/.exec(services['postgres']?.image ?? '')?.[1]
    const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM '))).join('\n')
    assert.ok(server !== undefined)
    assert.equal(/\bpostgresql-client-(\d+)\b/.exec(last)?.[1], server)
  })

  it('sets settings that exist, and serves nobody as root', () => {
    const names = lines.filter((line) => line.startsWith('ENV ')).flatMap((line) => [...line.matchAll(/([A-Z_]+)=/g)])
    assertSettings(
      names.map(([, name]) => name ?? ''),
      'ENV',
    )
    const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')))
    const user = last.findIndex((line) => line === 'USER node')
    assert.ok(user > 0 && user < last.findIndex((line) => line.startsWith('CMD ')))
  })

  it('has every package of this repository that the server imports', () => {
    const { dependencies } = JSON.parse(readFileSync(path.join(root, 'apps/server/package.json'), 'utf8')) as {
      dependencies: object
    }
    for (const name of Object.keys(dependencies).filter((each) => each.startsWith('@parley/'))) {
      const place = `packages/${name.slice('@parley/'.length)}`
      assert.ok(lines.includes(`COPY ${place} ${place}`), name)
    }
  })
})

describe('services without Docker', () => {
  it('PM2 starts the file that npm start does, once', () => {
    const { apps } = createRequire(import.meta.url)(path.join(folder, 'ecosystem.config.cjs')) as {
      apps: [
        { cwd: string; script: string; args: string; instances: number; max_restarts: number; kill_timeout: number },
      ]
    }
    const [app] = apps
    const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
      scripts: { start: string }
    }
    assert.equal(`node ${app.script} ${app.args}`, scripts.start)
    assert.deepEqual([app.cwd, app.instances, app.max_restarts], [root, 1, 10])
    assert.ok(app.kill_timeout >= stopMs)
  })

  it('systemd starts it too, with settings that exist', () => {
    const unit = read('systemd/parley.service')
    const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
      scripts: { start: string }
    }
    assert.ok(unit.includes(`ExecStart=/usr/bin/env ${scripts.start}`))
    assertSettings(
      [...unit.matchAll(/(?<=^Environment=.*)\b([A-Z_]+)=/gm)].map(([, name]) => name ?? ''),
      'unit',
    )
    assert.ok(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1]) * 1000 >= stopMs)
  })

  it('systemd’s user owns what a start writes into: the page, and the cache of compiled code', () => {
    const unit = read('systemd/parley.service')
    const user = /^User=(.+)$/m.exec(unit)?.[1]
    const place = /^WorkingDirectory=(.+)$/m.exec(unit)?.[1]
    assert.ok(unit.includes(`chown -R ${user}: ${place}`))
    assert.ok(unit.includes(`ReadWritePaths=${place}`))
    const commands = [...unit.matchAll(/^#.*node scripts\/install\.mjs/gm)].map(([line]) => line)
    assert.ok(commands.length > 0)
    for (const command of commands) assert.ok(command.includes(`sudo -Hu ${user} node`), command)
  })
})

describe('monitoring', () => {
  it('shows metrics that the server has', async () => {
    await using server = await startServer()
    await server.api('GET', '/api/models')
    const { text } = await fetchWhole(`${server.url}/metrics`)
    const existing = new Set([...text.matchAll(/^([a-z_0-9]+)[{ ]/gm)].map(([, name]) => name))
    const dashboard = read('monitoring/grafana/dashboards/parley.json')
    const panels = (JSON.parse(dashboard) as { panels: { targets: { expr: string }[] }[] }).panels
    const named = panels.flatMap(({ targets }) =>
      targets.flatMap(({ expr }) => [...expr.matchAll(/\b([a-z_0-9]+)\{/g)].map(([, name]) => name)),
    )
    assert.ok(named.length >= panels.length)
    for (const name of named) assert.ok(existing.has(name), `no metric ${name}`)
  })

  it('asks every server that docker-compose.yml starts', () => {
    const compose = parse(read('docker-compose.yml'), { merge: true }) as Compose
    const { scrape_configs: jobs } = parse(read('monitoring/prometheus.yml')) as {
      scrape_configs: { dns_sd_configs: { names: string[]; port: number }[] }[]
    }
    const servers = Object.keys(compose.services).filter((name) => compose.services[name]?.build !== undefined)
    assert.deepEqual(
      jobs.flatMap((job) => job.dns_sd_configs.flatMap(({ names }) => names)),
      servers,
    )
  })
})
