import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { compress } from './compress.ts'

/** `vite` serves the page for development beside a Parley server on its usual port; `vite build` writes `dist`. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), tailwindcss(), compress()],
  server: {
    proxy: Object.fromEntries(
      ['/api', '/admin', '/docs', '/openapi.json'].map((path) => [path, 'http://127.0.0.1:3000']),
    ),
  },
  build: {
    target: 'es2023',
    // The page's policy allows nothing inline, not even small fonts and images.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 800,
  },
})
