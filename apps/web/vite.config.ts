import { createRequire } from 'node:module'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { compress } from './compress.ts'

/**
 * What the page asks of the server while `vite` serves it for development. The documents that it shows in frames, and their files,
 * are the built ones: their policies are the server's to send.
 */
const ofServer = ['/api', '/admin', '/docs', '/openapi.json', '/health', '/diagram', '/artifact', '/assets']

/** `vite` serves the page for development beside a Parley server on its usual port; `vite build` writes `dist`. */
export default defineConfig({
  root: import.meta.dirname,
  // Else it would make a `node_modules` of its own here.
  cacheDir: `${import.meta.dirname}/../../node_modules/.vite`,
  // For formulas: its browser build lets the browser parse HTML with styles in it, which the page's policy forbids; its other
  // one parses by itself.
  resolve: {
    // Its styles and its formulas must be of one version.
    dedupe: ['katex'],
    alias: {
      'hast-util-from-html-isomorphic': createRequire(import.meta.url).resolve('hast-util-from-html-isomorphic'),
    },
  },
  plugins: [react(), tailwindcss(), compress()],
  server: {
    proxy: Object.fromEntries(ofServer.map((path) => [path, 'http://127.0.0.1:3000'])),
  },
  worker: { format: 'es' },
  build: {
    target: 'es2023',
    // The page's policy allows nothing inline, not even small fonts and images.
    assetsInlineLimit: 0,
    rolldownOptions: { input: ['index.html', 'diagram.html'].map((name) => `${import.meta.dirname}/${name}`) },
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 800,
  },
})
