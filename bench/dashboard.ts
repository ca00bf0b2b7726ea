/** Times the operator's dashboard over a ledger of many calls, on SQLite and PostgreSQL. `--help` says more. */
import path from 'node:path'
import { runWithServices } from '../scripts/test/run-with-services.ts'

const program = path.resolve(import.meta.dirname, '../apps/server/test/ledger/time-dashboard.ts')
process.exitCode = await runWithServices(program, process.argv.slice(2))
