/** `npm run test:ledger`: the accountant's test, beside PostgreSQL and Redis. `--help` says what it does. */
import path from 'node:path'
import { runWithServices } from './test/run-with-services.ts'

const program = path.resolve(import.meta.dirname, '../apps/server/test/ledger/test-ledger.ts')
process.exitCode = await runWithServices(program, process.argv.slice(2))
