import { DatabaseSync } from 'node:sqlite'
import { workerData } from 'node:worker_threads'

/** The other half of `copySqlite`. `vacuum into` reads one moment's state in a transaction of its own, whatever others write meanwhile. */
const { from, to } = workerData as { from: string; to: string }
using database = new DatabaseSync(from, { timeout: 30_000 })
database.prepare('vacuum into ?').run(to)
