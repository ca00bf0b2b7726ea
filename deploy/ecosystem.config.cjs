/**
 * PM2: `pm2 start deploy/ecosystem.config.cjs`, `pm2 logs parley`, `pm2 stop parley`.
 * One process: SQLite has one master, and a machine of two cores keeps the other one for nginx and the system.
 */
const path = require('node:path')

module.exports = {
  apps: [
    {
      name: 'parley',
      cwd: path.resolve(__dirname, '..'),
      script: 'scripts/launch.mjs',
      args: 'apps/server/src/main.ts',
      exec_mode: 'fork',
      instances: 1,
      autorestart: true,
      max_restarts: 10,
      // SHUTDOWN_TIMEOUT_MS is waited for replies that are being written, and as long for a database that is away.
      kill_timeout: 30_000,
      out_file: './data/logs/pm2-out.log',
      error_file: './data/logs/pm2-error.log',
      merge_logs: true,
    },
  ],
}
