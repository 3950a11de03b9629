import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { nonceMark } from './nonce-mark.ts'

/** `dist/`: index.html, and under assets/ files whose names have the hash of what is in them. */
// biome-ignore lint/style/noDefaultExport: Vite asks for it.
export default defineConfig({
  plugins: [react()],
  html: { cspNonce: nonceMark },
  build: {
    target: 'es2023',
    // An image in a style sheet would need `data:` in the policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
    reportCompressedSize: false,
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8080', '/sign-in': 'http://127.0.0.1:8080' } },
})
